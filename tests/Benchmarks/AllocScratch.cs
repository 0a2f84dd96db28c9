using System.Diagnostics.Tracing;
namespace Tidemark.Benchmarks;
internal sealed class AllocScratch : EventListener
{
    public static readonly Dictionary<string, long> Types = [];
    [ThreadStatic] public static string? Area;
    public static bool On;
    protected override void OnEventSourceCreated(EventSource s) { if (s.Name == "Microsoft-Windows-DotNETRuntime") EnableEvents(s, EventLevel.Informational, (EventKeywords)0x80000000000); }
    protected override void OnEventWritten(EventWrittenEventArgs e)
    {
        if (!On || e.EventName is not "AllocationSampled") return;
        string t = $"{e.Payload![3]}";
        lock (Types) { Types[t] = Types.GetValueOrDefault(t) + 1; }
    }
}
