using FsCheck;
using FsCheck.Fluent;

namespace Mirage.Net.Dns.Tests.Wire;

public sealed class DomainNameTests
{
    internal static readonly Gen<DomainName> Names =
        from count in Gen.Choose(0, 6)
        from labels in Gen.Choose(1, 40).SelectMany(length => Gen.Choose(0, 255).Select(x => (byte)x).ArrayOf(length)).ArrayOf(count)
        select Make(labels);

    [Fact]
    public void A_name_is_what_its_text_says()
        => Prop.ForAll(Arb.From(Names), name =>
        {
            Assert.Equal(name, DomainName.Parse(name.ToString()));
            Assert.True(name.Wire.SequenceEqual(DomainName.Parse(name.ToString()).Wire));
            Assert.Equal(name, name.IsRoot ? name : DomainName.Parse(name + "."));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("www.example.org", 3, 17)]
    [InlineData("example.org.", 2, 13)]
    [InlineData(".", 0, 1)]
    [InlineData("_ldap._tcp.x", 3, 14)]
    [InlineData(@"a\.b.c", 2, 7)]
    [InlineData(@"\000\255", 1, 4)]
    public void Text_is_read(string text, int labels, int length)
    {
        var name = DomainName.Parse(text);
        Assert.Equal((labels, length), (name.LabelCount, name.Wire.Length));
        Assert.Equal(text == "." ? text : text.TrimEnd('.'), name.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".a")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("é.org")]
    [InlineData(@"a\")]
    [InlineData(@"a\25")]
    [InlineData(@"a\256")]
    public void What_is_no_name_is_refused(string text)
    {
        Assert.False(DomainName.TryParse(text, null, out _));
        Assert.Contains("www.example.org", Assert.Throws<FormatException>(() => DomainName.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_have_at_most_63_bytes_and_names_255()
    {
        var label = new string('a', 63);
        Assert.True(DomainName.TryParse(label, null, out _));
        Assert.False(DomainName.TryParse(label + "a", null, out _));
        var longest = $"{label}.{label}.{label}.{new string('b', 61)}";
        Assert.Equal(255, DomainName.Parse(longest).Wire.Length);
        Assert.Equal(255, DomainName.Parse(longest + ".").Wire.Length);
        Assert.False(DomainName.TryParse(longest + "b", null, out _));
        Assert.False(DomainName.TryParse(longest + "b.", null, out _));
        Assert.False(DomainName.TryParse(longest + ".c", null, out _));
        Assert.False(DomainName.Parse("c").TryAppend(DomainName.Parse(longest), out _));
    }

    [Fact]
    public void Case_makes_no_difference_and_is_kept()
    {
        // RFC 4343.
        var (upper, lower) = (DomainName.Parse("WWW.Example.ORG"), DomainName.Parse("www.example.org"));
        Assert.True(upper == lower && upper.GetHashCode() == lower.GetHashCode());
        Assert.Equal("WWW.Example.ORG", upper.ToString());
        Assert.NotEqual(DomainName.Parse(@"\192"), DomainName.Parse(@"\224"));
        Assert.NotEqual(DomainName.Parse("[x"), DomainName.Parse("{x"));
    }

    [Fact]
    public void A_name_lies_within_its_parents()
    {
        var name = DomainName.Parse("www.example.org");
        Assert.True(name.IsWithin(name) && name.IsWithin(DomainName.Parse("EXAMPLE.org")) && name.IsWithin(DomainName.Root));
        Assert.False(name.IsWithin(DomainName.Parse("ample.org")));
        Assert.False(DomainName.Parse("org").IsWithin(name));
        Assert.Equal(["example.org", "org", ".", "."], new[] { name.Parent, name.Parent.Parent, name.Parent.Parent.Parent, DomainName.Root.Parent }.Select(x => $"{x}"));
        Assert.True(DomainName.Parse("www").TryAppend(DomainName.Parse("example.org"), out var appended) && appended == name);
        Assert.Equal(DomainName.Root, default);
    }

    [Fact]
    public void Addresses_have_names()
    {
        Assert.Equal("1.2.0.192.in-addr.arpa", DomainName.ForAddress(new Ipv4Address(192, 0, 2, 1)).ToString());

        // RFC 3596 §2.5.
        Assert.Equal(
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
            DomainName.ForAddress(Ipv6Address.Parse("4321:0:1:2:3:4:567:89ab")).ToString());
        Assert.Throws<ArgumentException>(() => DomainName.ForAddress(default));
    }

    private static DomainName Make(byte[][] labels)
    {
        byte[] wire = [.. labels.SelectMany(label => label.Prepend((byte)label.Length)), 0];
        Assert.True(DomainName.TryCreate(wire, out var name));
        return name;
    }
}
