namespace Mirage;

/// <summary>A <see cref="DeviceError"/> as an exception, for code that prefers one: start-up, <see cref="System.IO.Stream"/> adapters.</summary>
public sealed class DeviceException : IOException
{
    /// <summary>An exception for an error.</summary>
    /// <param name="error">The error.</param>
    public DeviceException(DeviceError error)
        : base(error.ToString(), (error.Detail as ExceptionDetail)?.Exception)
        => Error = error;

    /// <summary>The error.</summary>
    public DeviceError Error { get; }
}
