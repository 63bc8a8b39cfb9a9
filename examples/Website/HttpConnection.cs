using System.Buffers;
using System.Net;
using Mirage;

namespace Website;

/// <summary>A connection: reads requests one after another, and answers each before it reads the next (RFC 9112 §9.3).</summary>
internal sealed partial class HttpConnection<TFlow, TFiles, TClock>(TFlow flow, TFiles files, TClock clock, Connection connection)
    where TFlow : struct, IFlow
    where TFiles : struct, IKeyValueReader
    where TClock : struct, IWallClock
{
    private const int MaxSkipped = 64 * 1024;
    private const int MaxLingering = 1024 * 1024;

    private readonly HttpRequest _request = new();
    private readonly byte[] _input = ArrayPool<byte>.Shared.Rent(HttpHead.MaxLength);
    private int _start;
    private int _end;
    private int _headLength;
    private bool _keepAlive;

    private CancellationToken Expired => connection.Expired;

    public async ValueTask ServeAsync()
    {
        try
        {
            HttpStatusCode? status;
            do
            {
                connection.Restart();
                status = await ReadHeadAsync();
            }
            while (status is { } known && await AnswerAsync(known));

            if (status is not null)
            {
                await LingerAsync();
            }
        }
        catch (OperationCanceledException) when (Expired.IsCancellationRequested)
        {
            // The peer kept the connection waiting; it is closed on return.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(_input);
        }
    }

    // The time that a head takes is counted from its start, so that a peer cannot hold the connection by sending a byte now and then.
    private async ValueTask<HttpStatusCode?> ReadHeadAsync()
    {
        while (true)
        {
            SkipEmptyLines();
            if (!HttpHead.TryFind(_input.AsSpan(_start, _end - _start), out _headLength))
            {
                return HttpStatusCode.BadRequest;
            }

            if (_headLength > 0)
            {
                return _request.Read(_input.AsMemory(_start, _headLength));
            }

            MoveInputToFront();
            if (_end == HttpHead.MaxLength)
            {
                return _input.AsSpan(0, _end).Contains((byte)'\n')
                    ? HttpStatusCode.RequestHeaderFieldsTooLarge
                    : HttpStatusCode.RequestUriTooLong;
            }

            var read = await flow.ReadAsync(_input.AsMemory(_end, HttpHead.MaxLength - _end), Expired);
            if (!read.HasData)
            {
                return null;
            }

            _end += read.Count;
        }
    }

    // RFC 9112 §2.2
    private void SkipEmptyLines()
    {
        while (_input.AsSpan(_start, _end - _start).StartsWith("\r\n"u8))
        {
            _start += 2;
        }
    }

    private void MoveInputToFront()
    {
        _input.AsSpan(_start, _end - _start).CopyTo(_input);
        _end -= _start;
        _start = 0;
    }

    private async ValueTask<bool> AnswerAsync(HttpStatusCode status)
    {
        // After a head that was not understood it is not known where the next one starts.
        _keepAlive = status == HttpStatusCode.OK && _request.KeepAlive;
        _output = ArrayPool<byte>.Shared.Rent(OutputSize);
        try
        {
            var isSent = status == HttpStatusCode.OK ? await AnswerRequestAsync() : await SendTextAsync(new(status));
            _start += _headLength;
            return isSent && _keepAlive && await SkipContentAsync();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(_output);
            _output = [];
        }
    }

    // Content that no method here has a use for, so that the next request is found after it.
    private async ValueTask<bool> SkipContentAsync()
    {
        var left = _request.ContentLength;
        var here = (int)long.Min(left, _end - _start);
        _start += here;
        for (left -= here; left > 0;)
        {
            var read = await flow.ReadAsync(_output.AsMemory(0, (int)long.Min(left, _output.Length)), Expired);
            if (!read.HasData)
            {
                return false;
            }

            left -= read.Count;
        }

        return true;
    }

    // Closing with input unread resets the connection, and the peer could lose the response; so the end is sent, and what still comes is
    // dropped for a while (RFC 9112 §9.6).
    private async ValueTask LingerAsync()
    {
        connection.Restart();
        if (!(await flow.ShutdownAsync(FlowDirection.Write, Expired)).IsDone)
        {
            return;
        }

        FlowRead read;
        var left = MaxLingering;
        do
        {
            read = await flow.ReadAsync(_input, Expired);
            left -= read.Count;
        }
        while (read.HasData && left > 0);
    }
}
