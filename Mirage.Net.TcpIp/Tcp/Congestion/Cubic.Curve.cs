using System.Runtime.InteropServices;

namespace Mirage.Net.TcpIp;

public partial struct Cubic
{
    /// <summary>The variables of §4.1 that describe the curve, in bytes and seconds: as short as they can be, since they are in every connection.</summary>
    private struct Curve
    {
        // t_epoch; never while there is no epoch.
        public Instant Epoch;

        // W_est, which grows by very little at a time.
        public double Estimate;

        // W_max; 0 where the next epoch begins with the window that it finds.
        public float Maximum;

        // K, in seconds.
        public float K;

        // cwnd_prior.
        public float Prior;

        // The slow start threshold; the largest value for none.
        public uint Threshold;
    }

    /// <summary>The first slow start, which ends with the first congestion; from then on, what was before the last one (§4.9).</summary>
    [StructLayout(LayoutKind.Explicit)]
    private struct Past
    {
        [FieldOffset(0)]
        public HybridSlowStart SlowStart;

        [FieldOffset(0)]
        public Curve Curve;
    }
}
