namespace Mirage;

/// <summary>What is made of the members of <see cref="IIpConfiguration"/>.</summary>
public static class IpConfigurationExtensions
{
    /// <summary>Gives this host an address if no other host on the link has it (RFC 5227 §2.1; RFC 4862 §5.4). Loop only.</summary>
    /// <typeparam name="TStack">The stack's type.</typeparam>
    /// <param name="stack">The stack.</param>
    /// <param name="address">The address with its network.</param>
    /// <param name="cancellation">Ends the wait; the address is not added then.</param>
    /// <returns>Done, or <see cref="ErrorKind.InUse"/>.</returns>
    public static async ValueTask<Result> ClaimAddressAsync<TStack>(this TStack stack, IpNetwork address, CancellationToken cancellation = default)
        where TStack : struct, IIpConfiguration
    {
        if (await stack.IsInUseAsync(address.Address, cancellation).ConfigureAwait(true))
        {
            return new DeviceError(ErrorKind.InUse, $"another host on the link has {address.Address}");
        }

        stack.AddAddress(address);
        return Result.Done;
    }
}
