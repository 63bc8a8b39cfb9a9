namespace Mirage.Testing.Scripts;

internal sealed partial class CallRunner
{
    private const int KnownReadFlags = ScriptConstants.MessagePeek | ScriptConstants.MessageDontWait | ScriptConstants.MessageWaitAll | ScriptConstants.MessageTruncate;
    private const int KnownWriteFlags = ScriptConstants.MessageDontWait | ScriptConstants.MessageMore | ScriptConstants.MessageNoSignal | ScriptConstants.MessageEndOfRecord;

    private async Task<(SocketResult, Action?)> ReceiveAsync(CallAction call)
    {
        var descriptor = Descriptor(call);
        var (length, flags) = call.Name switch
        {
            "readv" => (IovecLength(call, 1, 2), 0L),
            "recvmsg" => (MessageLength(call), Evaluate(Argument(call, 2))),
            "read" => (Length(call, 2), 0L),
            "recv" => (Length(call, 2), Evaluate(Argument(call, 3))),
            _ => (Length(call, 2), Evaluate(Argument(call, 3))),
        };
        CheckCount(call, call.Name is "read" or "readv" or "recvmsg" ? 3 : call.Name == "recv" ? 4 : 6, call.Name is "read" or "readv" or "recvmsg" ? 3 : call.Name == "recv" ? 4 : 6);
        CheckFlags(call, flags, KnownReadFlags);
        if (length < 0)
        {
            return Plain(Errno.EINVAL);
        }

        if (IsNull(call) && length > 0)
        {
            return Plain(Errno.EFAULT);
        }

        var buffer = new byte[length];
        var peeks = (flags & ScriptConstants.MessagePeek) != 0;
        var how = peeks ? ScriptMessageFlags.Peek : ScriptMessageFlags.None;
        var blocks = !descriptor.IsNonBlocking && (flags & ScriptConstants.MessageDontWait) == 0;
        var fills = (flags & ScriptConstants.MessageWaitAll) != 0;
        var count = 0;
        var result = await CompleteAsync(call, blocks, () =>
        {
            var part = sockets.Receive(descriptor.Live, buffer.AsSpan(count), how, out _);
            count += (int)Math.Max(part.Value, 0);
            return fills && part.Value > 0 && count < length ? Errno.EAGAIN : part.Value >= 0 ? count : count > 0 ? count : part;
        }).ConfigureAwait(true);
        return (result, () => CheckData(call, descriptor, buffer.AsSpan(0, count), peeks));
    }

    private void CheckData(CallAction call, ScriptDescriptor descriptor, ReadOnlySpan<byte> data, bool peeks)
    {
        var offset = descriptor.IsDatagram ? 0 : descriptor.Read;
        var wrong = Payload.FirstWrong(data, offset);
        if (wrong >= 0)
        {
            throw new ScriptException(_position, $"{call.Name}: byte {offset + wrong} is not what was sent there");
        }

        descriptor.Read += peeks ? 0 : data.Length;
    }

    private async Task<(SocketResult, Action?)> SendAsync(CallAction call)
    {
        var descriptor = Descriptor(call);
        var (length, flags) = call.Name switch
        {
            "writev" => (IovecLength(call, 1, 2), 0L),
            "sendmsg" => (MessageLength(call), Evaluate(Argument(call, 2))),
            "write" => (Length(call, 2), 0L),
            _ => (Length(call, 2), Evaluate(Argument(call, 3))),
        };
        var count = call.Name switch { "write" or "writev" or "sendmsg" => 3, "send" => 4, _ => 6 };
        CheckCount(call, count, count);
        CheckFlags(call, flags, KnownWriteFlags);
        if (length < 0)
        {
            return Plain(Errno.EINVAL);
        }

        if (IsNull(call) && length > 0)
        {
            return Plain(Errno.EFAULT);
        }

        // Without an address the datagram goes to whom the socket is connected to; '...' is the peer of the script.
        var remote = default(IpEndpoint);
        if (call.Name == "sendto" && descriptor.IsDatagram && Argument(call, 4) is not NameExpression { Name: "NULL" })
        {
            remote = EndpointOf(Argument(call, 4), new IpEndpoint(settings.RemoteAddress, settings.ConnectPort));
            if (descriptor.Connection is { Phase: ConnectionPhase.New } connection)
            {
                connection.Phase = ConnectionPhase.Connecting;
                connection.RemotePort = remote.Port;
            }
        }

        var data = new byte[length];
        Payload.Fill(data, descriptor.IsDatagram ? 0 : descriptor.Written);
        var how = (flags & ScriptConstants.MessageMore) != 0 ? ScriptMessageFlags.More : ScriptMessageFlags.None;
        var blocks = !descriptor.IsNonBlocking && (flags & ScriptConstants.MessageDontWait) == 0;
        var sent = 0;
        var result = await CompleteAsync(call, blocks, () =>
        {
            var part = sockets.Send(descriptor.Live, data.AsSpan(sent), how, remote);
            sent += (int)Math.Max(part.Value, 0);
            return part.Value >= 0 && sent < length && blocks ? Errno.EAGAIN : part.Value >= 0 ? sent : sent > 0 && !part.WouldBlock ? sent : part;
        }).ConfigureAwait(true);
        descriptor.Written += sent;
        return Plain(result);
    }

    private void CheckFlags(CallAction call, long flags, int known)
    {
        if ((flags & ~(long)known) is var others and not 0)
        {
            throw new ScriptException(_position, $"{call.Name} does not understand the flags 0x{others:x} here");
        }
    }

    private bool IsNull(CallAction call) => Argument(call, 1) is NameExpression { Name: "NULL" };

    private int Length(CallAction call, int index) => (int)Math.Clamp(Evaluate(Argument(call, index)), -1, 1 << 30);

    private int IovecLength(CallAction call, int index, int countIndex)
    {
        if (Argument(call, index) is not ListExpression list)
        {
            throw new ScriptException(Argument(call, index).Position, "expected buffers, as [{..., 1000}, {..., 1000}]");
        }

        if (countIndex >= 0 && Evaluate(Argument(call, countIndex)) != list.Items.Count)
        {
            throw new ScriptException(Argument(call, countIndex).Position, $"there are {list.Items.Count} buffers");
        }

        return IovecLength(list);
    }

    private static int IovecLength(ListExpression list)
    {
        long total = 0;
        foreach (var item in list.Items)
        {
            total += item is StructExpression { Fields: [_, var (_, length)] } ? Evaluate(length) : throw new ScriptException(item.Position, "expected a buffer, as {..., 1000}");
        }

        return (int)Math.Min(total, 1 << 30);
    }

    private int MessageLength(CallAction call)
    {
        if (Argument(call, 1) is not StructExpression message || message["msg_iov"] is not ListExpression buffers)
        {
            throw new ScriptException(Argument(call, 1).Position, "expected a message with msg_iov");
        }

        if (message["msg_control"] is { } control)
        {
            throw new ScriptException(control.Position, "control messages (msg_control) are not understood");
        }

        return message["msg_flags"] is { } flags && Evaluate(flags) != 0
            ? throw new ScriptException(flags.Position, "flags of messages (msg_flags) other than 0 are not understood")
            : IovecLength(buffers);
    }
}
