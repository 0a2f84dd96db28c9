namespace Tidemark.Benchmarks.Cost;

/// <summary>What the backends allow, as documented; docs/COST.md names the documents. And what our work costs them.</summary>
internal static class Limits
{
    /// <summary>Durable Task Scheduler, Dedicated: actions a second of one capacity unit.</summary>
    public const int ActionsOfUnit = 2_000;

    /// <summary>Capacity units that can be had.</summary>
    public const int MaxUnits = 3;

    /// <summary>Requests a second to one Azure Storage account.</summary>
    public const int StorageRequests = 20_000;

    // DurableTask.AzureStorage: the message is put, received (32 at a time at best; counted as one) and deleted; the history is read and
    // written, the instance written.
    public const int RequestsOfOperation = 6;

    /// <summary>
    /// An episode of an orchestration, without the messages that it sends: like an operation whose message was sent by another.
    /// </summary>
    public const int RequestsOfEpisode = 5;

    /// <summary>A row of the instances, and a message.</summary>
    public const int RequestsOfStart = 2;

    /// <summary>A message put, received and deleted, and one put for the result.</summary>
    public const int RequestsOfActivity = 4;

    /// <summary>A signal or state beyond 45 KB: a blob is put, read and deleted.</summary>
    public const int RequestsOfLargeWrite = 3;

    /// <summary>Requests to the account that an ingest run made.</summary>
    public static double Requests(IngestFigures ingest) =>
        (ingest.Operations * RequestsOfOperation) + ingest.Reads + (ingest.LargeWrites * RequestsOfLargeWrite) + ingest.LargeReads;
}
