namespace Tidemark.Sinks.Tests;

/// <summary>Undoes something when disposed.</summary>
internal sealed class Mended(Action undo) : IDisposable
{
    public void Dispose() => undo();
}
