namespace Mirage.Net.TcpIp.Tests.Support;

/// <summary>SipHash-2-4 against the vectors that its authors publish (Aumasson and Bernstein, 2012, appendix A, and the reference implementation's list): the key is the bytes 0 to 15, and the
/// input of each length n the bytes 0 to n - 1.</summary>
public class SipHashTests
{
    private const ulong Key0 = 0x0706_0504_0302_0100;
    private const ulong Key1 = 0x0f0e_0d0c_0b0a_0908;

    [Theory]
    [InlineData(0, 0x726f_db47_dd0e_0e31)]
    [InlineData(1, 0x74f8_39c5_93dc_67fd)]
    [InlineData(2, 0x0d6c_8009_d9a9_4f5a)]
    [InlineData(3, 0x8567_6696_d7fb_7e2d)]
    [InlineData(4, 0xcf27_94e0_2771_87b7)]
    [InlineData(5, 0x1876_5564_cd99_a68d)]
    [InlineData(6, 0xcbc9_466e_58fe_e3ce)]
    [InlineData(7, 0xab02_00f5_8b01_d137)]
    [InlineData(8, 0x93f5_f579_9a93_2462)]
    [InlineData(15, 0xa129_ca61_49be_45e5)]
    public void The_published_vectors_come_out(int length, ulong expected)
        => Assert.Equal(expected, SipHash.Compute(Key0, Key1, [.. Enumerable.Range(0, length).Select(i => (byte)i)]));

    [Fact]
    public void Key_and_every_byte_count()
    {
        var data = new byte[40];
        var seen = new HashSet<ulong> { SipHash.Compute(Key0, Key1, data), SipHash.Compute(Key0 + 1, Key1, data), SipHash.Compute(Key0, Key1 + 1, data) };
        for (var i = 0; i < data.Length; i++)
        {
            data[i] ^= 0x80;
            _ = seen.Add(SipHash.Compute(Key0, Key1, data));
            data[i] ^= 0x80;
        }

        Assert.Equal(3 + data.Length, seen.Count);
        Assert.NotEqual(SipHash.Compute(Key0, Key1, data.AsSpan(0, 39)), SipHash.Compute(Key0, Key1, data));
    }
}
