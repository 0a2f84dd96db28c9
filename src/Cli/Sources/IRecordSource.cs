using Tidemark.Engine;

namespace Tidemark.Cli.Sources;

/// <summary>
/// Where the records of a job come from: files, pipes, a topic. It hands out blocks and knows how far they have been applied, so that a
/// checkpoint can say where to go on.
/// </summary>
internal interface IRecordSource : IDisposable
{
    /// <summary>What summaries and messages call it.</summary>
    string Name { get; }

    /// <summary>Whether more may come at any time: the clock then closes windows when nothing does.</summary>
    bool IsLive { get; }

    /// <summary>What its positions are kept under: <see cref="ISourcePosition.Kind"/>.</summary>
    string PositionKind { get; }

    /// <summary>How many partitions it has as far as is known at the start, at least 1.</summary>
    int Partitions { get; }

    /// <summary>Bytes read so far, for display.</summary>
    long BytesRead { get; }

    /// <summary>Share of the source that was read, 0 to 1; null when its length is unknown.</summary>
    double? Share { get; }

    /// <summary>What else a summary says of it; null for nothing.</summary>
    string? Remark => null;

    /// <summary>How many records of a partition wait to be applied, as far as is known; null when it is not. On any thread.</summary>
    long? LagOf(int partition) => null;

    /// <summary>A block for this source's records; filled again and again.</summary>
    RecordBlock NewBlock();

    /// <summary>Tells which engine takes the records, before the first is read. Its watermarks may be looked at from any thread.</summary>
    void Attach(WindowEngine engine);

    /// <summary>Fills a block with the next records; waits for them. One caller at a time.</summary>
    /// <returns>False at the end of the source, or once <see cref="Stop"/> was called.</returns>
    /// <exception cref="SourceException">It cannot be read any further.</exception>
    bool Read(RecordBlock block);

    /// <summary>Notes how far a block has been applied. In the order of the blocks, and never while <see cref="Capture"/> runs.</summary>
    void Applied(RecordBlock block);

    /// <summary>
    /// How long nothing has come on a partition of which everything is applied and that has nothing left to read; <see
    /// cref="TimeSpan.MaxValue"/> when it has ended;
    /// null while there is, or may be, more to read. Never while a block is being applied.
    /// </summary>
    TimeSpan? SilenceOf(int partition);

    /// <summary>How far everything has been applied. Cheap, since the engine waits meanwhile; never while a block is being applied.</summary>
    ISourcePosition Capture();

    /// <summary>
    /// A checkpoint with a position is durable: whoever else keeps positions (a consumer group) may be told. On any thread, in order.
    /// </summary>
    void Saved(ISourcePosition position);

    /// <summary>Makes a <see cref="Read"/> that waits return, where that is possible.</summary>
    void Stop();
}

/// <summary>How far a source has been applied at one moment. Immutable.</summary>
internal interface ISourcePosition
{
    /// <summary>The kind of source, such as <c>lines</c>: what positions of that kind are kept under.</summary>
    string Kind { get; }

    /// <summary>Writes what the source needs to go on from here.</summary>
    /// <param name="json">An object was begun; properties are written into it.</param>
    /// <param name="items">Takes what stays as it is over many checkpoints, and is then written once only.</param>
    void Write(System.Text.Json.Utf8JsonWriter json, State.StateItems items);
}
