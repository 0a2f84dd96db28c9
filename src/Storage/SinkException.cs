namespace Tidemark.Storage;

/// <summary>Results cannot be written or read back. The message is one sentence for a person: what, where, and what to do.</summary>
public sealed class SinkException : Exception
{
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
