using System.Text.Json;
using Tidemark.Core;
using Tidemark.Engine.Checkpoint;
using Tidemark.Sinks;

namespace Tidemark.Cli.State;

/// <summary>
/// The state of one lake, or of whatever a run counts into, opened to go on from and to be saved. One process at a time has it; others
/// stand by.
/// </summary>
internal sealed class StateStore : IDisposable
{
    /// <summary>How often a process that stands by tries.</summary>
    public static readonly TimeSpan StandbyPause = TimeSpan.FromMilliseconds(200);

    private const int PatienceWithForeign = 5;
    private const string LockName = "lock";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileLock _lock;

    private StateStore(string directory, FileLock held, StateLog log, StateHead? head)
    {
        Directory = directory;
        _lock = held;
        Log = log;
        Head = head;
        Items = new StateItems(log.LastItem);
        Parts = new PartTable(Items.NewNumber);
    }

    /// <summary>The directory.</summary>
    public string Directory { get; }

    /// <summary>Where checkpoints are written.</summary>
    public StateLog Log { get; }

    /// <summary>What stands in the last checkpoint beside the engine; null when there is none.</summary>
    public StateHead? Head { get; }

    /// <summary>The numbers of panes' parts.</summary>
    public PartTable Parts { get; }

    /// <summary>The numbers of all pieces.</summary>
    public StateItems Items { get; }

    /// <summary>What the engine knew; null when there is no checkpoint.</summary>
    public EngineSnapshot? Engine { get; private set; }

    /// <summary>What the engine had put out and the sinks had not confirmed.</summary>
    public IReadOnlyList<EngineEvent> Outbox { get; private set; } = [];

    /// <summary>Takes the state of a directory, which is made if need be, and reads it. Waits while another process has it.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="say">Told once when another process has it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StateException">It cannot be used; the message says why and what to do.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public static StateStore Open(string directory, EngineOptions options, Action<string> say, CancellationToken cancellationToken)
    {
        string full = Path.GetFullPath(directory);
        Make(full);
        FileLock held = WaitForLock(full, say, cancellationToken);
        StateLog? log = null;
        try
        {
            log = StateLog.Open(full, writable: true);
            StateStore store = new(full, held, log, ReadHead(full, log));
            store.ReadEngine(options);
            return store;
        }
        catch
        {
            log?.Dispose();
            held.Dispose();
            throw;
        }
    }

    /// <summary>Takes the right to write a lake, for a run whose state is elsewhere or that keeps none.</summary>
    /// <param name="directory">The lake's own place for a state.</param>
    /// <param name="state">The run's state; empty for none.</param>
    /// <param name="lake">The lake, as a person would name it.</param>
    /// <exception cref="StateException">Another process writes it.</exception>
    public static FileLock LockLake(string directory, string state, string lake)
    {
        Make(directory);
        string path = Path.Combine(directory, LockName);
        return FileLock.TryTake(path, state) ?? throw Occupied(FileLock.HolderOf(path), lake);
    }

    /// <summary>Reads what stands in the last checkpoint of a directory, also while another process has it.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="StateException">It cannot be read.</exception>
    public static (StateHead Head, StateLog Log)? Peek(string directory)
    {
        for (int attempt = 0; ; attempt++)
        {
            if (!System.IO.Directory.Exists(directory))
            {
                return null;
            }

            StateLog? log = null;
            try
            {
                log = StateLog.Open(directory, writable: false);
                if (ReadHead(directory, log) is { } head)
                {
                    return (head, log);
                }

                log.Dispose();
                return null;
            }
            catch (StateException) when (attempt < 3 && log is null)
            {
                // Whoever has the state has written it anew meanwhile.
            }
            catch
            {
                log?.Dispose();
                throw;
            }
        }
    }

    /// <summary>The process that has the state of a directory; null when none has.</summary>
    public static string? HolderOf(string directory)
    {
        string path = Path.Combine(directory, LockName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return null;
        }
        catch (IOException)
        {
            return FileLock.HolderOf(path).Process;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The position of a kind of source in the last checkpoint.</summary>
    public JsonElement? PositionOf(string kind) => Head is not null && Head.Sources.TryGetValue(kind, out JsonElement position) ? position : null;

    /// <summary>The positions of all other kinds.</summary>
    public IReadOnlyDictionary<string, JsonElement> PositionsBut(string kind) =>
        Head?.Sources.Where(source => source.Key != kind).ToDictionary(source => source.Key, source => source.Value, StringComparer.Ordinal) ?? [];

    /// <inheritdoc/>
    public void Dispose()
    {
        Log.Dispose();
        _lock.Dispose();
    }

    private static void Make(string directory)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                System.IO.Directory.CreateDirectory(directory);
            }
            else if (!System.IO.Directory.Exists(directory))
            {
                // What lies above it is nobody's secret; the state holds users and pages.
                System.IO.Directory.CreateDirectory(Path.GetDirectoryName(directory)!);
                System.IO.Directory.CreateDirectory(directory, OwnerOnly);
            }
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            throw new StateException(
                $"cannot keep the state in {directory}: {IoProblem.Describe(error)}. "
                    + "Choose a directory that can be written with --state DIR, or --state off to remember nothing", error);
        }
    }

    private static FileLock WaitForLock(string directory, Action<string> say, CancellationToken cancellationToken)
    {
        string path = Path.Combine(directory, LockName);
        bool isTold = false;
        int foreign = 0;
        while (true)
        {
            if (FileLock.TryTake(path, directory) is { } held)
            {
                if (isTold)
                {
                    say($"the state in {directory} is free: this process goes on");
                }

                return held;
            }

            (string process, string state) = FileLock.HolderOf(path);
            // What stands there may still be the holder's before.
            foreign = process.Length > 0 && state != directory ? foreign + 1 : 0;
            if (foreign > PatienceWithForeign)
            {
                throw Occupied((process, state), Path.GetDirectoryName(directory) ?? directory);
            }

            if (!isTold && foreign == 0)
            {
                say($"another process (pid {process}) counts with the state in {directory}: standing by until it ends");
                isTold = true;
            }

            if (cancellationToken.WaitHandle.WaitOne(StandbyPause))
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private static StateException Occupied((string Process, string State) holder, string lake) => new(
        $"another process (pid {holder.Process}) "
            + $"writes to {lake}{(holder.State.Length > 0 ? $", with the state in {holder.State}" : ", and keeps no state")}: "
            + "a lake has one writer at a time. "
        + "Wait until it has ended; "
        + $"or write to another --lake{(holder.State.Length > 0 ? $"; or stand by for it with --state {holder.State}" : "")}");

    private static StateHead? ReadHead(string directory, StateLog log)
    {
        try
        {
            return log.Checkpoint is { } content ? RunStateCodec.DecodeHead(content) : null;
        }
        catch (InvalidDataException error)
        {
            throw Unreadable(directory, error);
        }
    }

    private static StateException Unreadable(string directory, InvalidDataException error) => new(
        $"the state in {directory} cannot be read: {error.Message}. Nothing was changed. "
            + "Go on with the version of tidemark that wrote it (tidemark state shows which), or count the same "
        + "sources anew into another --lake, with its own state; this lake stays as it is and can be read",
        error);

    private void ReadEngine(EngineOptions options)
    {
        if (Head is null)
        {
            return;
        }

        IReadOnlyList<string> differences = Fingerprint.Differences(Head.Configuration, options);
        if (differences.Count > 0)
        {
            throw new StateException(
                $"the state in {Directory} was made under another configuration: {string.Join("; ", differences)}. "
                    + "Half of a window counted one way and half another would be neither. "
                + "Run with the old configuration (tidemark state shows it); or count with the new one into another --lake, from the same sources");
        }

        try
        {
            (Engine, Outbox) = RunStateCodec.DecodeEngine(Log.Checkpoint!.Value, options, Log.Item, Parts);
        }
        catch (InvalidDataException error)
        {
            throw Unreadable(Directory, error);
        }
    }
}
