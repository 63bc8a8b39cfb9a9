namespace Mirage.Net.Tap;

internal partial class TunTapDevice
{
    private bool _full;
    private bool _drained = true;

    public int Descriptor => _descriptor.Number;

    // The kernel is asked for frames only after the last reading left none: frames that nobody takes must not keep the loop awake.
    public PollEvents Awaited => (_drained ? PollEvents.Readable : PollEvents.None) | (_full ? PollEvents.Writable : PollEvents.None);

    public void OnReady(PollEvents events)
    {
        if ((events & PollEvents.Readable) != 0)
        {
            _drained = false;
        }

        if ((events & PollEvents.Writable) != 0)
        {
            _full = false;
        }

        if ((events & (PollEvents.Error | PollEvents.HungUp | PollEvents.Invalid)) != 0)
        {
            Gone();
        }
    }
}
