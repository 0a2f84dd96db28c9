using Tidemark.Core.Windows;

namespace Tidemark.Sinks;

/// <summary>A kind of sink: its settings, and how it is opened. <see cref="SinkRegistry"/> lists all kinds.</summary>
public abstract class SinkKind
{
    /// <summary>The name, used for the section of its settings and in messages.</summary>
    public abstract string Name { get; }

    /// <summary>The name of the setting that enables the sink.</summary>
    public abstract string MainSetting { get; }

    /// <summary>Reads its settings. Invalid settings are reported there and replaced by a default.</summary>
    /// <returns>The sink to open; null when none is configured.</returns>
    public abstract SinkPlan? Read(ISinkSettings settings);
}

/// <summary>The settings of one sink, provided by a host. Names are relative to the sink's section.</summary>
public interface ISinkSettings
{
    /// <summary>Gets a text; null when it is absent or empty.</summary>
    string? Text(string name);

    /// <summary>Gets a flag; false when it is absent.</summary>
    bool Flag(string name);

    /// <summary>Gets a whole number.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="otherwise">The default.</param>
    /// <param name="least">The minimum.</param>
    /// <param name="most">The maximum.</param>
    int Number(string name, int otherwise, int least, int most);

    /// <summary>Gets a duration.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="otherwise">The default.</param>
    TimeSpan Span(string name, TimeSpan otherwise);

    /// <summary>Reports an invalid setting: the expected and the actual value.</summary>
    void Mistake(string name, string mistake);

    /// <summary>The full name of a setting, as written in the host's configuration.</summary>
    string FullName(string name);
}

/// <summary>A configured sink that is not open yet.</summary>
/// <param name="Name">The name in messages.</param>
public abstract record SinkPlan(string Name)
{
    /// <summary>Whether the sink also accepts live results.</summary>
    public virtual bool TakesLive => false;

    /// <summary>The local folder that the sink writes to; null for none.</summary>
    public virtual string? Folder => null;

    /// <summary>Values that must not appear in messages.</summary>
    public virtual IEnumerable<string?> Secrets => [];

    /// <summary>Opens the sink.</summary>
    /// <exception cref="SinkException">The sink cannot be opened. A retry may succeed.</exception>
    public abstract Task<IResultSink> OpenAsync(SinkContext context, CancellationToken cancellationToken);

    /// <summary>Opens a reader of what the sink writes.</summary>
    /// <exception cref="SinkException">It cannot be opened. A retry may succeed.</exception>
    public abstract Task<IResultReader> OpenReaderAsync(TimeProvider time, CancellationToken cancellationToken);

    /// <summary>The name alone, since settings may be secret.</summary>
    public sealed override string ToString() => Name;
}

/// <summary>What a sink needs from its host.</summary>
/// <param name="Windows">The window families that will be written.</param>
/// <param name="OthersWrite">Whether other processes write to the same destination.</param>
/// <param name="Time">The clock.</param>
public sealed record SinkContext(IReadOnlyList<WindowDefinition> Windows, bool OthersWrite, TimeProvider Time);
