namespace Tidemark.Support.Durable;

/// <summary>A run failed. The message has the seed and the last steps.</summary>
public sealed class SimulationException : Exception
{
    public SimulationException()
    {
    }

    public SimulationException(string message)
        : base(message)
    {
    }

    public SimulationException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}
