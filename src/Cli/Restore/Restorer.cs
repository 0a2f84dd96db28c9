using System.Globalization;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Sessions;
using Tidemark.Core.Windows;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Restore;

/// <summary>Reads what ended within the retention, and publishes it.</summary>
internal static class Restorer
{
    private const int AtATime = 256;

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RestoreOptions restore, CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            LakeReader lake = await LakeArgument.OpenToReadAsync(restore.Lake, context, cancellationToken).ConfigureAwait(false);
            await using RedisConnection connection =
                await RedisConnection.OpenAsync(restore.Redis, context.Time, cancellationToken).ConfigureAwait(false);
            RedisSink sink = await RedisSink.OpenAsync(connection, restore.Windows, cancellationToken, restores: true).ConfigureAwait(false);
            IReadOnlyList<string> families =
                await FillAsync(lake, restore.Windows, sink, restore.Redis.Retention, context, cancellationToken).ConfigureAwait(false);
            if (families.Where(name => restore.Windows.All(window => window.Name != name)).ToList() is { Count: > 0 } unknown)
            {
                context.Say($"left out, since the configuration does not know them: {string.Join(", ", unknown)}");
            }

            string windows = string.Create(
                CultureInfo.InvariantCulture, $"{connection.Name}: {sink.Published:N0} windows restored, {sink.Refused:N0} were there already");
            long minutes = await FillSessionsAsync(lake, sink, restore.Redis.Retention, context, cancellationToken).ConfigureAwait(false);
            context.Say(minutes == 0 ? windows : string.Create(CultureInfo.InvariantCulture, $"{windows}; sessions of {minutes:N0} minutes"));
            return CommandRunner.Done;
        }
        catch (SinkException error)
        {
            context.Say(error.Message);
            return CommandRunner.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return CommandRunner.Interrupted;
        }
    }

    /// <summary>Publishes the windows of a lake that ended within the retention.</summary>
    /// <returns>The families of the lake, known or not.</returns>
    /// <exception cref="SinkException">The lake cannot be read, or the server not be written.</exception>
    public static async Task<IReadOnlyList<string>> FillAsync(
        LakeReader lake, IReadOnlyList<WindowDefinition> windows, RedisSink sink,
        TimeSpan retention, CommandContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> families = await lake.ListFamiliesAsync(cancellationToken).ConfigureAwait(false);
        foreach (WindowDefinition family in windows.Where(window => families.Contains(window.Name)))
        {
            await RestoreAsync(lake, family, sink, retention, context, cancellationToken).ConfigureAwait(false);
        }

        return families;
    }

    /// <summary>Publishes the sessions of a lake that ended within the retention.</summary>
    /// <returns>The number of minutes with sessions.</returns>
    /// <exception cref="SinkException">The lake cannot be read, or the server not be written.</exception>
    public static async Task<long> FillSessionsAsync(
        LakeReader lake, RedisSink sink, TimeSpan retention, CommandContext context, CancellationToken cancellationToken)
    {
        long minutes = 0;
        Interval ended = new(EndsAfterMs(retention, context) - EventTime.MinuteMs + 1, long.MaxValue);
        await foreach (EndedSessions sessions in lake.ReadEndedSessionsAsync(ended, cancellationToken).ConfigureAwait(false))
        {
            await sink.WriteSessionsAsync(sessions, cancellationToken).ConfigureAwait(false);
            minutes += sessions.Sessions.Count > 0 ? 1 : 0;
        }

        return minutes;
    }

    private static long EndsAfterMs(TimeSpan retention, CommandContext context) =>
        context.Time.GetUtcNow().ToUnixTimeMilliseconds() - (long)retention.TotalMilliseconds;

    private static async Task RestoreAsync(
        LakeReader lake, WindowDefinition family, RedisSink sink, TimeSpan retention, CommandContext context, CancellationToken cancellationToken)
    {
        long endsAfterMs = EndsAfterMs(retention, context);
        Interval starts = new(endsAfterMs - (long)family.Size.TotalMilliseconds, long.MaxValue);
        List<WindowResult> some = [];
        await foreach (WindowResult result in lake.ReadAsync(family.Name, starts, cancellationToken).ConfigureAwait(false))
        {
            if (result.EndMs > endsAfterMs)
            {
                some.Add(result);
            }

            if (some.Count == AtATime)
            {
                await sink.WriteAsync(some, cancellationToken).ConfigureAwait(false);
                some.Clear();
            }
        }

        await sink.WriteAsync(some, cancellationToken).ConfigureAwait(false);
    }
}
