using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Tidemark.Support.Fixtures;

/// <summary>
/// Azurite, the emulator of Azure Storage (blobs, queues and tables), on free loopback ports, in a directory of its own. Killed by its process when
/// disposed. A missing Azurite fails the test.
/// </summary>
public sealed partial class AzuriteServer : IDisposable
{
    /// <summary>
    /// The emulator's account and key are public and the same everywhere:
    /// https://learn.microsoft.com/azure/storage/common/storage-use-azurite
    /// </summary>
    public const string AccountName = "devstoreaccount1";

    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private const int Services = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tidemark-azurite-");
    private readonly Dictionary<string, Uri> _endpoints = [];
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;

    private AzuriteServer(string[] arguments)
    {
        string[] ports = ["--blobPort", "0", "--queuePort", "0", "--tablePort", "0"]; // 0: a free one, which the output names
        string[] all =
            [ScriptPath(), .. ports, "--location", _directory.FullName, "--silent", "--skipApiVersionCheck", "--disableTelemetry", .. arguments];
        _process = new Process { StartInfo = new ProcessStartInfo("node", all) { RedirectStandardOutput = true, RedirectStandardError = true },
            EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Exited += (_, _) => _listening.TrySetException(new InvalidOperationException("Azurite ended"));
    }

    /// <summary>The blob endpoint, with the account as its path: <c>http://127.0.0.1:PORT/devstoreaccount1</c>.</summary>
    public Uri BlobEndpoint => _endpoints["Blob"];

    public Uri QueueEndpoint => _endpoints["Queue"];

    public Uri TableEndpoint => _endpoints["Table"];

    /// <summary>The connection string of all three services.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};"
            + $"BlobEndpoint={BlobEndpoint};QueueEndpoint={QueueEndpoint};TableEndpoint={TableEndpoint};";

    public int ProcessId => _process.Id;

    /// <summary>Starts the server and returns once its three services listen.</summary>
    /// <param name="arguments">Further options of Azurite.</param>
    public static AzuriteServer Start(params string[] arguments)
    {
        AzuriteServer server = new(arguments);
        try
        {
            server.Launch();
        }
        catch
        {
            server.Dispose(); // a server that never listened must not outlive the test
            throw;
        }

        return server;
    }

    public void Dispose()
    {
        if (IsRunning())
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private void Launch()
    {
        try
        {
            _process.Start();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException("node is missing, and these tests need it: run `make test`, which installs it.", error);
        }

        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            _listening.Task.WaitAsync(Patience).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is TimeoutException or InvalidOperationException)
        {
            throw new InvalidOperationException($"Azurite did not listen within {Patience.TotalSeconds} s; its output:\n{Output()}", error);
        }
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
            if (Listening().Match(line) is { Success: true } match)
            {
                _endpoints[match.Groups["service"].Value] = new Uri($"{match.Groups["address"].Value}/{AccountName}");
                if (_endpoints.Count == Services)
                {
                    _listening.TrySetResult();
                }
            }
        }
    }

    private string Output()
    {
        lock (_output)
        {
            return _output.ToString();
        }
    }

    private bool IsRunning()
    {
        try
        {
            return !_process.HasExited;
        }
        catch (InvalidOperationException)
        {
            return false; // never started
        }
    }

    private static string ScriptPath()
    {
        // The compiler maps paths away, so the repository is searched from the folder of the test.
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string script = Path.Combine(folder.FullName, "tests", "tools", "node_modules", "azurite", "dist", "src", "azurite.js");
            if (File.Exists(script))
            {
                return script;
            }
        }

        throw new FileNotFoundException(
            $"tests/tools/node_modules/azurite was not found above {AppContext.BaseDirectory}: run `make test`, which installs it.");
    }

    [GeneratedRegex(@"^Azurite (?<service>\w+) service is successfully listening at (?<address>\S+)$")]
    private static partial Regex Listening();
}
