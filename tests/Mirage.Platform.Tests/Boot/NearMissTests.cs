using FsCheck;
using FsCheck.Fluent;

namespace Mirage.Platform.Tests.Boot;

/// <summary>The near misses that <see cref="BootArguments"/> finds, through its messages.</summary>
public sealed class NearMissTests
{
    [Fact]
    public void One_letter_too_many_missing_wrong_or_exchanged_is_a_near_miss_anywhere_in_the_name()
        => Prop.ForAll(Gen.Elements("port", "ipv4-gateway", "hostname").ToArbitrary(), Gen.Choose(0, 100).ToArbitrary(), (name, place) =>
        {
            var i = place % name.Length;
            var j = Math.Max(1, i);
            string[] misses =
            [
                name.Insert(i, "_"),
                name.Remove(i, 1),
                name.Remove(i, 1).Insert(i, "_"),
                name[..(j - 1)] + name[j] + name[j - 1] + name[(j + 1)..],
            ];
            return misses.All(miss => Explain(name, miss).EndsWith($"did you mean --{name}?", StringComparison.Ordinal));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("mtu", "qqu")]
    [InlineData("port", "xyrt")]
    [InlineData("hostname", "username")]
    public void What_differs_more_is_not(string name, string typed)
        => Assert.Equal($"unknown argument '--{typed}' (see --help)", Explain(name, typed));

    private static string Explain(string name, string typed)
    {
        var boot = new BootArguments("test", "Tests.");
        _ = boot.AddFlag(name, "A flag.");
        return Assert.Throws<BootArgumentException>(() => boot.Parse([$"--{typed}"])).Message;
    }
}
