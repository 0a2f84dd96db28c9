using System.Diagnostics;

namespace Tidemark.Benchmarks.Service;

/// <summary>How events reach the command that is measured.</summary>
internal abstract class ServiceSource : IDisposable
{
    /// <summary>What it is called in tables.</summary>
    public abstract string Name { get; }

    /// <summary>The arguments that name it.</summary>
    public abstract IReadOnlyList<string> Arguments { get; }

    /// <summary>The command has been started.</summary>
    public abstract void Attach(Process command);

    /// <summary>Hands over whole lines; they have arrived when it returns.</summary>
    public abstract void Send(ReadOnlySpan<byte> lines);

    /// <summary>Nothing more will come.</summary>
    public abstract void End();

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}

/// <summary>A pipe into standard input.</summary>
internal sealed class PipeSource : ServiceSource
{
    private Stream? _pipe;

    public override string Name => "pipe";

    public override IReadOnlyList<string> Arguments => ["--source", "-"];

    public override void Attach(Process command) => _pipe = command.StandardInput.BaseStream;

    public override void Send(ReadOnlySpan<byte> lines)
    {
        _pipe!.Write(lines);
        _pipe.Flush();
    }

    public override void End() => _pipe!.Close();
}
