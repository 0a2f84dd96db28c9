namespace Tidemark.Engine.Sessions;

/// <summary>A minute in which sessions ended: those published, some of which may have changed since, and how often it was published.</summary>
internal sealed class EndedMinute
{
    /// <summary>The number of publications.</summary>
    public long Revision { get; set; }

    /// <summary>The first parts of the sessions; one that is not published in this minute any more does not count.</summary>
    public List<PartRef> Sessions { get; } = [];
}
