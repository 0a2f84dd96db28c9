using Tidemark.Core.Windows;

namespace Tidemark.Sinks;

/// <summary>A kind of sink: which settings it has, and how it is opened. <see cref="SinkRegistry"/> lists all kinds.</summary>
public abstract class SinkKind
{
    /// <summary>The name: the section of its settings, and what messages call it.</summary>
    public abstract string Name { get; }

    /// <summary>The setting without which there is no such sink.</summary>
    public abstract string MainSetting { get; }

    /// <summary>Reads its settings. What is wrong is noted there, and replaced by a default.</summary>
    /// <returns>The sink to open; null when none is configured.</returns>
    public abstract SinkPlan? Read(ISinkSettings settings);
}

/// <summary>The settings of one sink, as a host has them. Names are those of the sink, without the section.</summary>
public interface ISinkSettings
{
    /// <summary>A text; null when it is absent or empty.</summary>
    string? Text(string name);

    /// <summary>True or false; false when it is absent.</summary>
    bool Flag(string name);

    /// <summary>A whole number.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="otherwise">The default.</param>
    /// <param name="least">The least value.</param>
    /// <param name="most">The greatest value.</param>
    int Number(string name, int otherwise, int least, int most);

    /// <summary>A duration.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="otherwise">The default.</param>
    TimeSpan Span(string name, TimeSpan otherwise);

    /// <summary>Notes that a setting is wrong: what was expected and what came.</summary>
    void Mistake(string name, string mistake);

    /// <summary>How people write the name of a setting.</summary>
    string FullName(string name);
}

/// <summary>A sink that is configured and not open yet.</summary>
/// <param name="Name">What messages call it.</param>
public abstract record SinkPlan(string Name)
{
    /// <summary>Whether it also takes live results, of windows that are still open.</summary>
    public virtual bool TakesLive => false;

    /// <summary>The local folder that it writes to; null when it writes to none.</summary>
    public virtual string? Folder => null;

    /// <summary>What must be kept out of messages.</summary>
    public virtual IEnumerable<string?> Secrets => [];

    /// <summary>Opens it.</summary>
    /// <exception cref="SinkException">It cannot be opened. Another attempt may succeed.</exception>
    public abstract Task<IResultSink> OpenAsync(SinkContext context, CancellationToken cancellationToken);

    /// <summary>Shows no setting: some are secrets.</summary>
    public sealed override string ToString() => Name;
}

/// <summary>What a sink needs to know of its host.</summary>
/// <param name="Windows">The window families that will be written.</param>
/// <param name="OthersWrite">Whether other processes write to the same place.</param>
/// <param name="Time">The clock.</param>
public sealed record SinkContext(IReadOnlyList<WindowDefinition> Windows, bool OthersWrite, TimeProvider Time);
