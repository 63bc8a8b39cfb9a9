namespace Mirage;

/// <summary>
/// What a server does with a connection. A handler is a small <see langword="readonly"/> <see langword="struct"/>, and its method is generic
/// over the flow, so that the same handler serves any stack, with or without TLS, and its calls are compiled directly.
/// </summary>
public interface IFlowHandler
{
    /// <summary>
    /// Serves one connection. When it returns, the stack closes the flow; when it throws, the stack resets the flow and reports the
    /// exception. It must not use the flow afterwards.
    /// </summary>
    /// <typeparam name="TFlow">The stack's flow.</typeparam>
    /// <param name="flow">The connection.</param>
    /// <returns>When it has been served.</returns>
    ValueTask HandleAsync<TFlow>(TFlow flow)
        where TFlow : struct, IFlow;
}
