using FsCheck;
using FsCheck.Fluent;

namespace Mirage.Types.Tests.Storage;

public sealed class StoreKeyTests
{
    [Theory]
    [InlineData("/etc/motd", "/etc/motd")]
    [InlineData("etc/motd", "/etc/motd")]
    [InlineData("/etc/", "/etc")]
    [InlineData("etc", "/etc")]
    [InlineData("...", "/...")]
    [InlineData(".hidden", "/.hidden")]
    [InlineData("a..b/..c/d..", "/a..b/..c/d..")]
    [InlineData("a b/é", "/a b/é")]
    [InlineData("\\", "/\\")]
    public void Segments_are_read(string text, string expected) => Assert.Equal(expected, StoreKey.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public void The_root_is_read(string text)
    {
        var key = StoreKey.Parse(text);
        Assert.True(key.IsRoot);
        Assert.Equal(StoreKey.Root, key);
        Assert.Equal(default, key);
        Assert.Equal("/", key.ToString());
        Assert.Equal(StoreKey.Root, key.Parent);
        Assert.True(key.Name.IsEmpty);
        Assert.Equal(StoreKey.Root.GetHashCode(), key.GetHashCode());
    }

    [Theory]
    [InlineData("..")]
    [InlineData("/..")]
    [InlineData("../etc")]
    [InlineData("/a/../b")]
    [InlineData("/a/..")]
    [InlineData("/a/../")]
    [InlineData(".")]
    [InlineData("/./a")]
    [InlineData("a/.")]
    [InlineData("//")]
    [InlineData("///")]
    [InlineData("//a")]
    [InlineData("a//")]
    [InlineData("a//b")]
    [InlineData("a\0b")]
    [InlineData("..\0")]
    public void What_could_name_something_else_is_refused(string text)
    {
        Assert.False(StoreKey.TryParse(text, null, out var key));
        Assert.Equal(default, key);
        Assert.Throws<FormatException>(() => StoreKey.Parse(text));
    }

    [Fact]
    public void Null_is_refused()
    {
        Assert.False(StoreKey.TryParse(null, null, out _));
        Assert.Throws<ArgumentNullException>(() => StoreKey.Parse(null!));
        Assert.Throws<ArgumentNullException>(() => StoreKey.Root.Append(null!));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("/")]
    [InlineData("../a")]
    [InlineData("a\0")]
    public void Only_one_segment_can_be_appended(string segment)
        => Assert.Throws<ArgumentException>(() => StoreKey.Parse("/etc").Append(segment));

    [Fact]
    public void Appending_is_the_inverse_of_parent_and_name()
    {
        var key = StoreKey.Root.Append("etc").Append("motd");
        Assert.Equal(StoreKey.Parse("/etc/motd"), key);
        Assert.Equal("motd", key.Name);
        Assert.Equal(StoreKey.Parse("/etc"), key.Parent);
        Assert.Equal("etc", key.Parent.Name);
        Assert.Equal(StoreKey.Root, key.Parent.Parent);
        Assert.False(key.IsRoot);
        Assert.True(key != key.Parent && key == key.Parent.Append("motd"));
    }

    [Fact]
    public void Keys_differ_by_case() => Assert.NotEqual(StoreKey.Parse("/a"), StoreKey.Parse("/A"));

    [Fact]
    public void No_text_makes_a_key_that_leaves_its_directory()
    {
        var text =
            from length in Gen.Choose(0, 12)
            from characters in Gen.Elements('/', '/', '.', '.', 'a', '\\', '\0').ArrayOf(length)
            select new string(characters);
        var outside = Path.GetFullPath("/");
        Prop.ForAll(Arb.From(text), x =>
        {
            if (StoreKey.TryParse(x, null, out var key))
            {
                var path = Path.GetFullPath(Path.Join(outside, "store", key.ToString()));
                Assert.StartsWith(Path.Join(outside, "store"), path, StringComparison.Ordinal);
                Assert.Equal(key, StoreKey.Parse(key.ToString()));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }
}
