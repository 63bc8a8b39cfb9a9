using Mirage;

namespace Website;

/// <summary>What a request asks for, as far as this server tells apart (RFC 9110 §9).</summary>
public enum RequestMethod : byte
{
    /// <summary>A method that this server does not know.</summary>
    Unknown,

    /// <summary>The file.</summary>
    Get,

    /// <summary>What would be said about the file.</summary>
    Head,

    /// <summary>A method that is known and that no file allows.</summary>
    NotAllowed,
}
