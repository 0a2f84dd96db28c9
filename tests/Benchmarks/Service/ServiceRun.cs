using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;
using Tidemark.Support.Fixtures;

namespace Tidemark.Benchmarks.Service;

/// <summary>
/// The built command as a service: it counts what a source sends, with its state, into a lake and a Redis of its own on loopback.
/// </summary>
internal sealed class ServiceRun : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RedisServer _redis = RedisServer.Start();
    private readonly ConnectionMultiplexer _client;

    /// <param name="source">What is counted.</param>
    /// <param name="configuration">The configuration, as JSON.</param>
    public ServiceRun(ServiceSource source, string configuration)
    {
        File.WriteAllText(_folder.File("config.json"), configuration);
        _client = ConnectionMultiplexer.Connect(_redis.Endpoint);
        ProcessStartInfo start = new(
            "dotnet",
            [
                Path.Combine(Tidemark.Root, "src/Cli/bin/Release/net10.0/tidemark.dll"), "run",
                .. source.Arguments, "--lake", _folder.File("lake"), "--redis", _redis.Endpoint,
                "--dead-letters", _folder.File("dead"), "--config", _folder.File("config.json"),
            ])
        {
            RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true,
        };
        Command = Process.Start(start)!;
        Command.ErrorDataReceived += (_, line) => LastLine = line.Data is { Length: > 0 } ? line.Data : LastLine;
        Command.BeginErrorReadLine();
        Command.BeginOutputReadLine();
        source.Attach(Command);
    }

    /// <summary>The command.</summary>
    public Process Command { get; }

    /// <summary>The last thing that it said.</summary>
    public string LastLine { get; private set; } = "";

    /// <summary>Resident memory, bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            Command.Refresh();
            return Command.WorkingSet64;
        }
    }

    /// <summary>Open files, sockets and the like.</summary>
    public int Handles => Directory.GetFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{Command.Id}/fd")).Length;

    /// <summary>Threads.</summary>
    public int Threads
    {
        get
        {
            Command.Refresh();
            return Command.Threads.Count;
        }
    }

    /// <summary>Bytes of the state's files.</summary>
    public long StateBytes => new DirectoryInfo(_folder.File("lake/_state")).EnumerateFiles().Sum(file => file.Length);

    /// <summary>Hears everything that is published of a family of windows.</summary>
    public void Listen(string family, Action<byte[]> heard)
    {
        ChannelMessageQueue messages = _client.GetSubscriber().Subscribe(new RedisChannel("metrics:" + family, RedisChannel.PatternMode.Literal));
        messages.OnMessage(message => heard((byte[])message.Message!));
    }

    /// <summary>Waits for the end; what it was asked to count has ended.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public void Finish()
    {
        Command.WaitForExit();
        if (Command.ExitCode != 0)
        {
            throw new InvalidOperationException($"tidemark run ended with {Command.ExitCode}: {LastLine}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Command.HasExited)
        {
            Command.Kill();
            Command.WaitForExit();
        }

        Command.Dispose();
        _client.Dispose();
        _redis.Dispose();
        _folder.Dispose();
    }
}
