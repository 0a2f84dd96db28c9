using System.Diagnostics;
using System.Text;

namespace Tidemark.Cli.Tests.Run;

/// <summary>The built command as a process of its own.</summary>
internal sealed class TidemarkProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly Task<byte[]> _output;

    private TidemarkProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_error)
            {
                _error.Append(line.Data).Append(line.Data is null ? "" : "\n");
            }
        };
        process.BeginErrorReadLine();
        _output = ReadAll(process.StandardOutput.BaseStream);
    }

    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "tidemark.exe" : "tidemark");

    public int Id => _process.Id;

    public StreamWriter Input => _process.StandardInput;

    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    public string Output => Encoding.UTF8.GetString(_output.Result);

    /// <summary>Starts the command with these arguments.</summary>
    public static TidemarkProcess Start(string folder, params string[] arguments) => StartProgram(folder, Path, arguments);

    /// <summary>Starts a shell line in which <c>$T</c> is the command.</summary>
    public static TidemarkProcess StartShell(string folder, string line) => StartProgram(folder, "bash", "-c", line);

    public static async Task<TidemarkProcess> RunAsync(string folder, params string[] arguments)
    {
        TidemarkProcess process = Start(folder, arguments);
        process.Input.Close();
        await process.ExitAsync();
        return process;
    }

    /// <summary>Waits for the end and returns the exit code; a process that does not end in time is killed and fails the test.</summary>
    public async Task<int> ExitAsync(TimeSpan? patience = null)
    {
        using var timeout = new CancellationTokenSource(patience ?? Patience);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"the process did not end in time; it said: {Error}");
        }

        await _output;
        Assert.DoesNotContain("Unhandled exception", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        return _process.ExitCode;
    }

    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-s", signal, Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    public void Kill() => _process.Kill();

    /// <summary>Kills it, unless it has just ended.</summary>
    public void TryKill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    /// <summary>Sends a signal, unless it has just ended.</summary>
    public async Task TrySignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-s", signal, Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Waits for the end, whatever it is.</summary>
    public async Task EndAsync()
    {
        await _process.WaitForExitAsync();
        await _output;
    }

    /// <summary>Waits until something has happened that is seen from outside.</summary>
    public async Task UntilAsync(Func<bool> happened)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (!happened())
        {
            Assert.False(_process.HasExited, $"the process ended before what was waited for: {Error}");
            await Task.Delay(10, timeout.Token);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static TidemarkProcess StartProgram(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["T"] = Path;
        start.Environment["TERM"] = "xterm";
        return new TidemarkProcess(Process.Start(start)!);
    }

    private static async Task<byte[]> ReadAll(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}
