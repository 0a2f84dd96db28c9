using System.Diagnostics;
using System.Globalization;
using System.Text;
using Tidemark.Support.AzureStorageHost;

namespace Tidemark.AzureStorage.Tests;

/// <summary>An instance of the app as a process of its own. It ends when its input does, so that none outlives the test run.</summary>
internal sealed class InstanceProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _error = new();

    private InstanceProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_error)
            {
                _error.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
    }

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

    /// <summary>Starts an instance and waits until it works.</summary>
    public static async Task<InstanceProcess> StartAsync(Topic topic, int index = 0, int instances = 1)
    {
        string program = typeof(AppInstance).Assembly.Location;
        ProcessStartInfo start = new("dotnet", [program, "work", topic.Path, topic.HubName, Text(index), Text(instances)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[AppInstance.Connection] = topic.ConnectionString;
        InstanceProcess instance = new(Process.Start(start)!);
        string? said = await instance._process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return said == AppInstance.Ready ? instance : throw new InvalidOperationException($"The instance did not start: {said} {instance.Error}");
    }

    /// <summary>SIGKILL: nothing of the process runs after it.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
