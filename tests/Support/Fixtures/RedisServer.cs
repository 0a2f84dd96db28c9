using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Tidemark.Sinks.Redis;

namespace Tidemark.Support.Fixtures;

/// <summary>
/// A real redis-server on a free loopback port, in a directory of its own, without persistence. Killed by its process when disposed. A missing
/// redis-server fails the test.
/// </summary>
public sealed class RedisServer : IDisposable
{
    private const string Program = "redis-server";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _directory = Directory.CreateTempSubdirectory("tidemark-redis-").FullName;
    private readonly string[] _arguments;
    private Process? _process;

    private RedisServer(string[] arguments) => _arguments = arguments;

    public int Port { get; private set; }

    public string Endpoint => $"127.0.0.1:{Port}";

    public string DirectoryName => _directory;

    public int ProcessId => _process!.Id;

    /// <summary>Options with short time-outs and waits, so that tests of outages are fast.</summary>
    public RedisOptions Options => OptionsFor(Endpoint);

    public static RedisOptions OptionsFor(string endpoint) => new()
    {
        Endpoint = endpoint,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        CommandTimeout = TimeSpan.FromSeconds(2),
        Retry = new() { FirstDelay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromMilliseconds(40), DrainTimeout = TimeSpan.FromSeconds(5) },
    };

    public static RedisServer Start(params string[] arguments)
    {
        RedisServer server = Stopped(arguments);
        try
        {
            server.Launch();
        }
        catch
        {
            server.Dispose(); // a server that never answered must not outlive the test
            throw;
        }

        return server;
    }

    /// <summary>Creates a server without starting it.</summary>
    public static RedisServer Stopped(params string[] arguments)
    {
        // The last port named is the one that clients use; a port of 0 turns plain connections off.
        int given = Array.FindLastIndex(arguments, argument => argument is "--port" or "--tls-port");
        return new(arguments) { Port = given < 0 ? FreePort() : int.Parse(arguments[given + 1], System.Globalization.CultureInfo.InvariantCulture) };
    }

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts the server, on the same port and with the same arguments as before.</summary>
    public void Launch(bool waitUntilReady = true)
    {
        string[] port = _arguments.Contains("--port") ? [] : ["--port", $"{Port}"];
        string[] all =
            [.. port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", _directory, "--logfile", "redis.log", .. _arguments];
        try
        {
            _process = Process.Start(new ProcessStartInfo(Program, all) { RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException($"{Program} is missing, and these tests need it: run `make test`, which installs it.", error);
        }

        if (waitUntilReady)
        {
            Until.True(() => Answers(), $"{Program} answers; its log:\n{Log()}", Patience);
        }
    }

    /// <summary>Kills the server.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>Suspends the server without closing its connections, like a hung machine.</summary>
    public void Pause() => Signal("STOP");

    public void Resume() => Signal("CONT");

    public string Log()
    {
        string log = Path.Combine(_directory, "redis.log");
        return File.Exists(log) ? File.ReadAllText(log) : "";
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            Kill();
        }

        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Signal(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", $"{ProcessId}"]);
        kill.WaitForExit();
    }

    private bool Answers()
    {
        try
        {
            using TcpClient client = new("127.0.0.1", Port);
            if (_arguments.Contains("--tls-port"))
            {
                return true;
            }

            using NetworkStream stream = client.GetStream();
            stream.Write("PING\r\n"u8);
            Span<byte> answer = stackalloc byte[2];
            stream.ReadExactly(answer);
            return answer.SequenceEqual("+P"u8) || answer.SequenceEqual("-N"u8); // PONG or NOAUTH, but not LOADING
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return false;
        }
    }
}
