using System.Diagnostics;

namespace Tidemark.Benchmarks;

/// <summary>Watches the resident memory of a process while it runs.</summary>
internal sealed class MemoryProbe : IDisposable
{
    private readonly Process _process;
    private readonly Timer _timer;

    public MemoryProbe(Process process)
    {
        _process = process;
        _timer = new Timer(_ => Sample(), null, 0, 20);
    }

    public double PeakMegabytes { get; private set; }

    public double CurrentMegabytes { get; private set; }

    public void Dispose() => _timer.Dispose();

    private void Sample()
    {
        try
        {
            _process.Refresh();
            CurrentMegabytes = _process.WorkingSet64 / 1e6;
            PeakMegabytes = Math.Max(PeakMegabytes, CurrentMegabytes);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }
}
