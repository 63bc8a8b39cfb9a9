namespace Mirage.Net.TcpIp;

/// <summary>How much a connection may hold, which grows with what it moves, and not for a program or a peer that does not keep up.</summary>
internal abstract partial class TcpConnection
{
    private int _receiveAllowance;
    private int _sendAllowance;
    private ReceiveTuning? _tuning;

    /// <summary>How much may be held to be read: the window's size when nothing is.</summary>
    public int ReceiveLimit => Engine.Share(_receiveAllowance);

    /// <summary>How much may be held to be sent and acknowledged.</summary>
    public int SendLimit => Engine.Share(_sendAllowance);

    /// <summary>The congestion window has grown: what is written must fill it, and the next one while this one is acknowledged.</summary>
    public void GrowSendBuffer(long congestionWindow)
    {
        if (2 * congestionWindow > _sendAllowance)
        {
            _sendAllowance = (int)Math.Min(2 * congestionWindow, Engine.Settings.SendBuffer);
        }
    }

    /// <summary>A segment with data arrived: how long is the round trip, as far as a receiver can tell?</summary>
    public void MeasureReceiving(uint echo, uint timestampNow)
    {
        if (_receiveAllowance < Engine.Settings.ReceiveBuffer)
        {
            if (_tuning is null)
            {
                _tuning = Engine.RentTuning();
                _tuning.Start(Rto.Smoothed, Engine.Now);
            }

            if (HasTimestamps)
            {
                _tuning.TakeEcho(echo, timestampNow, Engine.Now);
            }
            else
            {
                _tuning.TakeSequence(RcvNxt, RcvEdge, Engine.Now);
            }
        }
    }

    private void OnRead(int count)
    {
        if (_tuning is not null && _tuning.OnRead(count, SegmentSize, Engine.Now) is > 0 and var target)
        {
            _receiveAllowance = Math.Max(_receiveAllowance, (int)Math.Min(target, Engine.Settings.ReceiveBuffer));
            if (_receiveAllowance >= Engine.Settings.ReceiveBuffer)
            {
                StopTuning();
            }
        }
    }

    private void StopTuning()
    {
        if (_tuning is not null)
        {
            Engine.Return(_tuning);
            _tuning = null;
        }
    }

    private void ResetTuning()
    {
        StopTuning();
        _receiveAllowance = Math.Min(Engine.Settings.InitialReceiveBuffer, Engine.Settings.ReceiveBuffer);
        _sendAllowance = Math.Min(Engine.Settings.InitialSendBuffer, Engine.Settings.SendBuffer);
    }
}
