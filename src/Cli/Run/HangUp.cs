using System.Globalization;
using System.Runtime.InteropServices;

namespace Tidemark.Cli.Run;

/// <summary>A token that SIGHUP cancels too, as when the terminal is closed; not where the process was told to ignore it (nohup).</summary>
internal sealed class HangUp : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly PosixSignalRegistration? _registration;

    public HangUp(CancellationToken interrupted)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        if (!OperatingSystem.IsWindows() && !IsIgnored())
        {
            _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                _source.Cancel();
            });
        }
    }

    /// <summary>Cancelled when the run should end.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration?.Dispose();
        _source.Dispose();
    }

    /// <summary>What was set before this process began, as Linux tells it; elsewhere it is taken not to be.</summary>
    private static bool IsIgnored()
    {
        const string Ignored = "SigIgn:";
        try
        {
            string? line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal));
            return line is not null
                && (ulong.Parse(line.AsSpan(Ignored.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) & 1) != 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
