namespace Mirage.Platform.Tests.Boot;

public sealed class BootArgumentsTests
{
    private readonly BootArguments _boot = new("echo", "Echoes what it gets.");

    [Theory]
    [InlineData("--port", "80")]
    [InlineData("--port=80")]
    public void A_value_follows_its_name_or_an_equals_sign(params string[] args)
    {
        var port = _boot.Add("port", "PORT", "Where to listen.", (ushort)7);

        Assert.Equal(BootOutcome.Run, _boot.Parse(args));

        Assert.Equal(80, port.Value);
        Assert.True(port.IsGiven);
    }

    [Fact]
    public void An_argument_left_out_has_its_default()
    {
        var port = _boot.Add("port", "PORT", "Where to listen.", (ushort)7);
        var text = _boot.AddText("text", "TEXT", "What to say.", "hello, world");
        var optional = _boot.AddOptional<Ipv4Address>("gateway", "ADDRESS", "The router.");
        var noText = _boot.AddText("motd", "TEXT", "The message of the day.");
        var many = _boot.AddMany<IpNetwork>("ipv4", "ADDRESS/PREFIX", "An address.");
        var flag = _boot.AddFlag("quiet", "Say nothing.");

        _ = _boot.Parse([]);

        Assert.Equal(7, port.Value);
        Assert.Equal("hello, world", text.Value);
        Assert.Null(optional.Value);
        Assert.Null(noText.Value);
        Assert.Empty(many.Value);
        Assert.False(flag.Value);
        Assert.False(port.IsGiven || text.IsGiven || optional.IsGiven || noText.IsGiven || many.IsGiven || flag.IsGiven);
    }

    [Fact]
    public void Every_form_takes_what_is_given()
    {
        var required = _boot.AddRequired<IpNetwork>("ipv4", "ADDRESS/PREFIX", "The address.");
        var optional = _boot.AddOptional<Ipv4Address>("ipv4-gateway", "ADDRESS", "The router.");
        var text = _boot.AddText("motd", "TEXT", "The message of the day.");
        var flag = _boot.AddFlag("quiet", "Say nothing.");

        _ = _boot.Parse(["--quiet", "--ipv4=10.0.0.2/24", "--motd", "a=b", "--ipv4-gateway", "10.0.0.1"]);

        Assert.Equal(IpNetwork.Parse("10.0.0.2/24"), required.Value);
        Assert.Equal(Ipv4Address.Parse("10.0.0.1"), optional.Value);
        Assert.Equal("a=b", text.Value);
        Assert.True(flag.Value);
    }

    [Fact]
    public void A_repeatable_argument_keeps_all_values_in_order_in_place_of_its_defaults()
    {
        var many = _boot.AddMany("port", "PORT", "A port.", 1, 2);

        _ = _boot.Parse(["--port", "80", "--port=443", "--port", "80"]);

        Assert.Equal([80, 443, 80], many.Value);
        _ = _boot.Parse([]);
        Assert.Equal([1, 2], many.Value);
    }

    [Theory]
    [InlineData("--offset", "-5")]
    [InlineData("--offset=-5")]
    public void A_value_may_begin_with_one_dash(params string[] args)
    {
        var offset = _boot.Add("offset", "SECONDS", "The offset.", 0);
        _ = _boot.Parse(args);
        Assert.Equal(-5, offset.Value);
    }

    [Fact]
    public void After_an_equals_sign_anything_is_a_value()
    {
        var text = _boot.AddText("text", "TEXT", "What to say.", "hello");

        _ = _boot.Parse(["--text=--help"]);
        Assert.Equal("--help", text.Value);

        _ = _boot.Parse(["--text="]);
        Assert.Equal("", text.Value);
        Assert.True(text.IsGiven);
    }

    [Fact]
    public void Parsing_again_starts_afresh()
    {
        var port = _boot.Add("port", "PORT", "Where to listen.", (ushort)7);
        _ = _boot.Parse(["--port", "80"]);
        _ = _boot.Parse([]);
        Assert.Equal(7, port.Value);
        Assert.False(port.IsGiven);
    }

    [Theory]
    [InlineData("--ipv4: '10.0.0.300' is not an address with a prefix length such as 10.0.0.2/24", "--ipv4", "10.0.0.300")]
    [InlineData("--port: 'http' is not a valid PORT", "--ipv4=10.0.0.2/24", "--port", "http")]
    [InlineData("--port: '70000' is out of range for PORT", "--port", "70000")]
    [InlineData("--port: '' is not a valid PORT", "--port=")]
    [InlineData("--port: 'a b' is not a valid PORT", "--port", "a\nb")]
    [InlineData("--ipv4 is required")]
    [InlineData("--ipv4 needs a value", "--ipv4")]
    [InlineData("--ipv4 needs a value", "--ipv4", "--port", "80")]
    [InlineData("--port given twice", "--port", "80", "--port=80")]
    [InlineData("--quiet given twice", "--quiet", "--quiet")]
    [InlineData("--quiet takes no value", "--quiet=yes")]
    [InlineData("unknown argument '--foo' (see --help)", "--foo")]
    [InlineData("unknown argument '--foo' (see --help)", "--foo=bar")]
    [InlineData("unknown argument 'stray' (see --help)", "stray")]
    [InlineData("unknown argument '' (see --help)", "")]
    [InlineData("unknown argument '--' (see --help)", "--")]
    [InlineData("unknown argument '--prot'; did you mean --port?", "--prot", "80")]
    [InlineData("unknown argument '-port'; did you mean --port?", "-port", "80")]
    [InlineData("unknown argument 'ipv4'; did you mean --ipv4?", "ipv4=10.0.0.2/24")]
    [InlineData("unknown argument '--Port'; did you mean --port?", "--Port=80")]
    [InlineData("unknown argument '--hlep'; did you mean --help?", "--hlep")]
    public void What_is_wrong_is_said_in_one_line_that_names_the_argument(string message, params string[] args)
    {
        _ = _boot.AddRequired<IpNetwork>("ipv4", "ADDRESS/PREFIX", "The address.");
        _ = _boot.Add("port", "PORT", "Where to listen.", (ushort)7);
        _ = _boot.AddFlag("quiet", "Say nothing.");

        Assert.Equal(message, Assert.Throws<BootArgumentException>(() => _boot.Parse(args)).Message);
    }

    [Fact]
    public void A_required_value_cannot_be_read_before_parsing()
    {
        var required = _boot.AddRequired<ushort>("port", "PORT", "Where to listen.");
        Assert.Contains("--port", Assert.Throws<InvalidOperationException>(() => required.Value).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_added_once()
    {
        _ = _boot.Add("port", "PORT", "Where to listen.", 7);
        Assert.Contains("--port", Assert.Throws<ArgumentException>(() => _boot.AddFlag("port", "Again.")).Message, StringComparison.Ordinal);
        _ = Assert.Throws<ArgumentException>(() => _boot.AddFlag("help", "Mine."));
    }

    [Theory]
    [InlineData("")]
    [InlineData("--port")]
    [InlineData("Port")]
    [InlineData("po rt")]
    [InlineData("port=")]
    [InlineData("port-")]
    public void A_name_is_lower_case_letters_digits_and_dashes(string name)
        => Assert.Throws<ArgumentException>(() => _boot.AddFlag(name, "A flag."));

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--port", "80", "--help")]
    [InlineData("--nonsense", "-h")]
    public void Asking_for_help_wins_over_everything_else(params string[] args)
    {
        var port = _boot.AddRequired<ushort>("port", "PORT", "Where to listen.");
        Assert.Equal(BootOutcome.Help, _boot.Parse(args));
        Assert.False(port.IsGiven);
    }

    [Fact]
    public void The_help_lists_the_arguments_with_their_defaults()
    {
        _ = _boot.AddRequired<IpNetwork>("ipv4", "ADDRESS/PREFIX", "The address.");
        _ = _boot.Add("port", "PORT", "Where to listen.", (ushort)7);
        _ = _boot.AddMany<Ipv4Address>("dns", "ADDRESS", "A resolver.");
        _ = _boot.AddFlag("quiet", "Say nothing.");

        Assert.Equal(
            """
            echo: Echoes what it gets.

            Usage: echo --ipv4 ADDRESS/PREFIX [arguments]

            Arguments:
              --ipv4 ADDRESS/PREFIX  The address. (required)
              --port PORT            Where to listen. (default: 7)
              --dns ADDRESS          A resolver. (may be repeated)
              --quiet                Say nothing.
              --help, -h             Show this help.

            """,
            _boot.Help);
    }

    [Fact]
    public void Numbers_do_not_depend_on_the_culture()
    {
        var rate = _boot.Add("rate", "RATE", "Packets a second.", 1.5);
        _ = _boot.Parse(["--rate", "2.25"]);
        Assert.Equal(2.25, rate.Value);
        Assert.Contains("(default: 1.5)", _boot.Help, StringComparison.Ordinal);
    }
}
