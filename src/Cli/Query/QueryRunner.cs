using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Query;

/// <summary>Reads and shows.</summary>
internal static class QueryRunner
{
    internal const int BatchBytes = 1 << 16;

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(QueryOptions query, CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            if (query.Redis is null)
            {
                return await RunAsync(query, await LakeArgument.OpenToReadAsync(query.Lake!, context, cancellationToken).ConfigureAwait(false),
                    context, cancellationToken).ConfigureAwait(false);
            }

            await using RedisConnection connection =
                await RedisConnection.OpenAsync(query.Redis, context.Time, cancellationToken).ConfigureAwait(false);
            return await RunAsync(query, new RedisReader(connection), context, cancellationToken).ConfigureAwait(false);
        }
        catch (SinkException error)
        {
            context.Say(error.Message);
            return CommandRunner.Failed;
        }
    }

    /// <summary>Reads from any reader.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(QueryOptions query, IResultReader reader, CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            if (!query.Sessions)
            {
                await RequireWindowAsync(query, reader, cancellationToken).ConfigureAwait(false);
            }

            await using Stream output = context.OpenStandardOutput();
            await (query.Sessions ? QuerySessions.ShowAsync(query, reader, output, context, cancellationToken)
                : query.Users ? ShowUsersAsync(query, reader, output, cancellationToken)
                : ShowWindowsAsync(query, reader, output, context, cancellationToken)).ConfigureAwait(false);
            return CommandRunner.Done;
        }
        catch (SinkException error)
        {
            context.Say(error.Message);
            return CommandRunner.Failed;
        }
        catch (IOException error)
        {
            context.Say($"cannot write to standard output: {IoProblem.Describe(error)}");
            return CommandRunner.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return CommandRunner.Interrupted;
        }
    }

    private static async Task RequireWindowAsync(QueryOptions query, IResultReader reader, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> families = await reader.ListFamiliesAsync(cancellationToken).ConfigureAwait(false);
        if (!families.Contains(query.Window))
        {
            string there = families.Count == 0 ? "there are no results" : $"there are {string.Join(", ", families)}";
            throw new SinkException($"{reader.Name} has no windows named '{query.Window}': {there}{NearNames.Hint(query.Window, families)}");
        }
    }

    private static async Task ShowWindowsAsync(
        QueryOptions query, IResultReader reader, Stream output, CommandContext context, CancellationToken cancellationToken)
    {
        long count = 0;
        QueryTable table = new(query.Clock, query.IsQuiet, context.Output);
        QueryTop? top = query.Top is null ? null : new QueryTop(query);
        QueryChart? chart = query.Chart is null ? null : new QueryChart(query);
        ArrayBufferWriter<byte> buffer = new();
        QueryCsv? csv = null;
        await foreach (WindowResult result in Windows(query, reader, cancellationToken).ConfigureAwait(false))
        {
            count++;
            if (top is not null)
            {
                top.Add(result);
            }
            else if (chart is not null)
            {
                chart.Add(result);
            }
            else if (query.Format == QueryFormat.Table)
            {
                table.Add(result);
            }
            else if (query.Format == QueryFormat.Csv)
            {
                csv ??= await StartCsvAsync(query, reader, result, buffer, cancellationToken).ConfigureAwait(false);
                csv.Write(result, buffer);
            }
            else
            {
                ResultJson.Write(result, buffer);
                buffer.Write("\n"u8);
            }

            if (buffer.WrittenCount >= BatchBytes)
            {
                await FlushAsync(buffer, output, cancellationToken).ConfigureAwait(false);
            }
        }

        if (count > 0 && top is not null)
        {
            top.Write(buffer, context.Output);
        }
        else if (count > 0 && query.Format == QueryFormat.Table)
        {
            buffer.Write(Encoding.UTF8.GetBytes(chart?.Draw(context.Output) ?? table.Write()));
        }
        else if (count == 0)
        {
            TellNone(query, context, buffer);
        }

        if (csv is { LeftOut.Count: > 0 } && !query.IsQuiet)
        {
            context.Say($"left out, since neither the first nor the last window has it: {string.Join(", ", csv.LeftOut)}; --format json has all");
        }

        await FlushAsync(buffer, output, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>No window: CSV has its heading all the same, so that a program finds the columns.</summary>
    private static void TellNone(QueryOptions query, CommandContext context, ArrayBufferWriter<byte> buffer)
    {
        if (!query.IsQuiet)
        {
            context.Say($"no {query.Window} windows in that range");
        }

        if (query is { Format: QueryFormat.Csv, Top: null })
        {
            new QueryCsv([]).WriteHeader(buffer);
        }
    }

    /// <summary>Begins with the columns of the first and of the last window: what a configuration counts changes now and then.</summary>
    private static async Task<QueryCsv> StartCsvAsync(
        QueryOptions query, IResultReader reader, WindowResult first, ArrayBufferWriter<byte> buffer, CancellationToken cancellationToken)
    {
        QueryCsv csv = new([first, .. await reader.ReadLastAsync(query.Window, query.Range, 1, cancellationToken).ConfigureAwait(false)]);
        csv.WriteHeader(buffer);
        return csv;
    }

    private static async IAsyncEnumerable<WindowResult> Windows(
        QueryOptions query, IResultReader reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerable<WindowResult> results = query.By is not null
            ? new Rollup(query, reader).ReadAsync(cancellationToken)
            : query.Last is { } last
                ? (await reader.ReadLastAsync(query.Window, query.Range, last, cancellationToken).ConfigureAwait(false)).ToAsyncEnumerable()
                : reader.ReadAsync(query.Window, query.Range, cancellationToken);
        await foreach (WindowResult result in results.ConfigureAwait(false))
        {
            yield return result;
        }
    }

    private static async Task ShowUsersAsync(QueryOptions query, IResultReader reader, Stream output, CancellationToken cancellationToken)
    {
        UserCount count = await reader.CountUsersAsync(query.Window, query.Range, cancellationToken).ConfigureAwait(false);
        string text = query.Format == QueryFormat.Table ? UsersText(query, count) : UsersData(query, count);
        await output.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
    }

    private static string UsersText(QueryOptions query, UserCount count)
    {
        if (query.IsQuiet)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{count.Users}\n");
        }

        return count.Covered is not { } covered
            ? $"no {query.Window} windows in that range\n"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{(count.IsExact ? "" : "~")}{count.Users:N0} distinct users in {count.Windows:N0} windows of {query.Window} "
                    + $"{Covered(query, covered)}\n");
    }

    private static string UsersData(QueryOptions query, UserCount count)
    {
        string? from = count.Covered is { } covered ? TimeText.Format(covered.StartMs) : null;
        string? to = count.Covered is { } end ? TimeText.Format(end.EndMs) : null;
        string exact = count.IsExact ? "true" : "false";
        string counts = string.Create(
            CultureInfo.InvariantCulture,
            $"\"windows\":{count.Windows},\"unique_users\":{count.Users},\"unique_users_exact\":{exact}");
        return query.Format == QueryFormat.Json
            ? $$"""{"window":"{{query.Window}}","from":{{Quoted(from)}},"to":{{Quoted(to)}},{{counts}}}{{"\n"}}"""
            : string.Create(
                CultureInfo.InvariantCulture,
                $"window,from,to,windows,unique_users,unique_users_exact\r\n"
                    + $"{query.Window},{from},{to},{count.Windows},{count.Users},{exact}\r\n");
    }

    private static string Covered(QueryOptions query, Interval range) => query.Clock == ZoneClock.Utc
        ? $"from {TimeText.Format(range.StartMs)} to {TimeText.Format(range.EndMs)}"
        : $"from {query.Clock.Text(range.StartMs)} to {query.Clock.Text(range.EndMs)} ({query.Clock.Name})";

    private static string Quoted(string? text) => text is null ? "null" : $"\"{text}\"";

    internal static async Task FlushAsync(ArrayBufferWriter<byte> buffer, Stream output, CancellationToken cancellationToken)
    {
        await output.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
        buffer.ResetWrittenCount();
    }
}
