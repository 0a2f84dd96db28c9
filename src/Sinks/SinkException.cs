namespace Tidemark.Sinks;

/// <summary>Results cannot be written or read. The message is one sentence for a person: what failed, where, and what to do.</summary>
public sealed class SinkException : Exception
{
    /// <summary>Whether a retry may succeed without a change of settings, for example when a server is down. Default false.</summary>
    public bool IsTransient { get; init; }

    /// <summary>Creates an exception without a cause.</summary>
    public SinkException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with its cause.</summary>
    public SinkException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
