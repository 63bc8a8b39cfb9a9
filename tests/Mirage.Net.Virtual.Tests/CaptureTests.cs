using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Mirage.Testing;

namespace Mirage.Net.Virtual.Tests;

public sealed class CaptureTests
{
    private static readonly byte[] SmallFrame = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    [Fact]
    public void The_bytes_of_a_capture_are_those_of_the_format()
    {
        using var stream = new MemoryStream();
        var writer = new PcapngWriter(stream);
        var device = writer.AddInterface("tap0", MacAddress.Parse("02:00:00:00:00:05"));
        writer.Write(device, 0x0001_0002_0003_0004, CaptureDirection.Outbound, SmallFrame);
        writer.Flush();
        const string Expected =
            // Section header: byte order, version 1.0, unknown length, shb_userappl.
            "0a0d0d0a 2c000000 4d3c2b1a 01000000 ffffffff ffffffff 04000600 4d697261 67650000 00000000 2c000000"
            // Interface: Ethernet, no snap length, if_name, if_MACaddr, if_tsresol 9.
            + "01000000 34000000 01000000 00000000 02000400 74617030 06000600 02000000 00050000 09000100 09000000 00000000 34000000"
            // Packet: interface 0, time high and low, lengths, 15 bytes and one of padding, epb_flags outbound.
            + "06000000 3c000000 00000000 02000100 04000300 0f000000 0f000000 01020304 05060708 090a0b0c 0d0e0f00 02000400 02000000 00000000 3c000000";
        var expected = Convert.FromHexString(Expected.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(stream.ToArray()));
        Assert.Equal((expected.Length, 1, 0), (writer.Bytes, writer.Frames, writer.Dropped));
    }

    [Fact]
    public void A_capture_ends_at_its_bound_and_counts_what_it_leaves_out()
    {
        using var stream = new MemoryStream();
        var writer = new PcapngWriter(stream, 1000);
        var device = writer.AddInterface("x", MacAddress.Local(1));
        for (var i = 0; i < 100; i++)
        {
            writer.Write(device, i, CaptureDirection.Inbound, new byte[60]);
        }

        writer.Flush();
        Assert.InRange(stream.Length, 900, 1000);
        Assert.Equal(100, writer.Frames + writer.Dropped);
        Assert.Equal(stream.Length, writer.Bytes);
    }

    [Fact]
    public void A_stream_that_fails_ends_the_capture_only()
    {
        using var stream = new MemoryStream(new byte[100]);
        var writer = new PcapngWriter(stream);
        var device = writer.AddInterface("x", MacAddress.Local(1));
        for (var i = 0; i < 1000; i++)
        {
            writer.Write(device, i, CaptureDirection.Inbound, new byte[1514]);
        }

        writer.Flush();
        Assert.NotNull(writer.Failure);
        Assert.Equal(1000, writer.Frames + writer.Dropped);
        Assert.InRange(writer.Dropped, 500, 1000);
    }

    [Fact]
    public void Partial_checksums_are_completed_in_the_copy()
    {
        // An IPv4 UDP header whose checksum field holds the pseudo-header's sum: 10.0.0.1 to 10.0.0.2, protocol 17, length 12.
        var frame = new byte[14 + 20 + 12];
        var udp = frame.AsSpan(34);
        BinaryPrimitives.WriteUInt16BigEndian(udp, 1000);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], 2000);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], 12);
        const ushort PseudoHeader = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 17 + 12;
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], PseudoHeader);
        "abcd"u8.CopyTo(udp[8..]);
        using var stream = new MemoryStream();
        var writer = new PcapngWriter(stream);
        var device = writer.AddInterface("x", MacAddress.Local(1));
        var before = frame.ToArray();
        writer.Write(device, 0, CaptureDirection.Outbound, frame, new FrameInfo { Checksum = ChecksumState.Partial, ChecksumStart = 34, ChecksumOffset = 6 });
        writer.Flush();
        Assert.Equal(before, frame);
        var written = stream.ToArray().AsSpan()[^(frame.Length + 2 + 16)..][..frame.Length];
        Assert.Equal(frame.AsSpan(0, 40), written[..40]);
        var sum = (uint)(0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 17 + 12);
        for (var i = 34; i < written.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(written[i..]);
        }

        Assert.Equal(0xffffu, (sum & 0xffff) + (sum >> 16));
    }

    [Fact]
    public async Task Tshark_reads_the_frames_the_times_and_the_directions()
    {
        var path = Path.Combine(Path.GetTempPath(), $"mirage-{Guid.NewGuid():N}.pcapng");
        try
        {
            var (there, back) = WriteConversation(path);
            var lines = await TsharkAsync(path);
            var expected = new[]
            {
                $"946684800.000000000\t1\ta\t2\t{Convert.ToHexStringLower(there)}",
                $"946684800.000000000\t2\tb\t1\t{Convert.ToHexStringLower(there)}",
                $"946684801.500000000\t3\tb\t2\t{Convert.ToHexStringLower(back)}",
                $"946684801.500000000\t4\ta\t1\t{Convert.ToHexStringLower(back)}",
            };
            Assert.Equal(expected.Select(line => line.Split('\t')[..4]), lines.Select(line => line.Split('\t')[..4]));
            Assert.Equal(expected.Select(line => line.Split('\t')[4]), lines.Select(line => line.Split('\t')[4]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (byte[] There, byte[] Back) WriteConversation(string path)
    {
        using var file = File.Create(path);
        var loop = new SimulatedLoop(1);
        var platform = new SimulatedPlatform(loop);
        var network = new VirtualSwitch(loop);
        var writer = new PcapngWriter(file);
        var a = new Captured<VirtualNetwork, SimulatedPlatform>(network.Connect(), platform, writer, "a");
        var b = new Captured<VirtualNetwork, SimulatedPlatform>(network.Connect(), platform, writer, "b");
        var (there, back) = (Frames.Make(b.Mac, a.Mac, 1514, 1), Frames.Make(a.Mac, b.Mac, 61, 2));
        loop.Run(async () =>
        {
            _ = Frames.Transmit(a, there);
            _ = Frames.TakeAll(b);
            await platform.SleepAsync(TimeSpan.FromSeconds(1.5));
            _ = Frames.Transmit(b, back);
            _ = Frames.TakeAll(a);
            await a.DisconnectAsync();
        });
        return (there, back);
    }

    private static async Task<string[]> TsharkAsync(string path)
    {
        // The frame's bytes as one field come from the JSON form only; the fields form gives the rest.
        var fields = await RunTsharkAsync(
            ["-r", path, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.number", "-e", "frame.interface_name", "-e", "frame.packet_flags_direction"]);
        var json = await RunTsharkAsync("-r", path, "-T", "jsonraw", "-j", "frame");
        using var document = System.Text.Json.JsonDocument.Parse(json);
        var bytes = document.RootElement.EnumerateArray()
            .Select(packet => packet.GetProperty("_source").GetProperty("layers").GetProperty("frame_raw")[0].GetString());
        return [.. fields.Split('\n', StringSplitOptions.RemoveEmptyEntries).Zip(bytes, (line, hex) => $"{Normal(line)}\t{hex}")];
    }

    // Versions of tshark print the direction as a decimal or a hexadecimal number.
    private static string Normal(string line)
    {
        var parts = line.Split('\t');
        parts[3] = parts[3].StartsWith("0x", StringComparison.Ordinal)
            ? uint.Parse(parts[3].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
            : parts[3];
        return string.Join('\t', parts);
    }

    private static async Task<string> RunTsharkAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("tshark", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("tshark is not installed");
            throw;
        }

        using (process)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromMinutes(1));
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, await errors);
            return await output;
        }
    }
}
