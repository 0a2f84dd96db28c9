namespace Tidemark.Cli.Run;

/// <summary>How a job uses the machine. No result depends on it.</summary>
/// <param name="Threads">Threads that read, parse and apply, at least 1.</param>
/// <param name="BlockBytes">Bytes of text parsed at a time, at least 1.</param>
internal sealed record JobTuning(int Threads, int BlockBytes)
{
    /// <summary>
    /// One thread per processor; past four, turns are waited for more than they are used. Blocks that stay in the second-level cache.
    /// </summary>
    public static JobTuning Default { get; } = new(Math.Clamp(Environment.ProcessorCount, 1, 4), 512 * 1024);
}
