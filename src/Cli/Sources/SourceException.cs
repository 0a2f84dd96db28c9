namespace Tidemark.Cli.Sources;

/// <summary>A source cannot be read. The message is one sentence for a person: what, where, why.</summary>
internal sealed class SourceException : Exception
{
    public SourceException(string message)
        : base(message)
    {
    }

    public SourceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
