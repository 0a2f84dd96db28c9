namespace Tidemark.Cli.State;

/// <summary>The state cannot be used or saved. The message is for a person: what, where, why, and what to do that keeps the history.</summary>
internal sealed class StateException : Exception
{
    public StateException(string message)
        : base(message)
    {
    }

    public StateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
