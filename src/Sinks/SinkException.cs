namespace Tidemark.Sinks;

/// <summary>Results cannot be written or read back. The message is one sentence for a person: what, where, and what to do.</summary>
public sealed class SinkException : Exception
{
    /// <summary>Whether the same attempt may succeed later without anybody changing a setting: a server that is down, say. Default false.</summary>
    public bool IsTransient { get; init; }

    /// <summary>An exception without a cause.</summary>
    public SinkException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with its cause.</summary>
    public SinkException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
