using System.Buffers;
using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Sessions;
using Tidemark.Sinks;

namespace Tidemark.Cli.Query;

/// <summary>Shows sessions instead of windows.</summary>
internal static class QuerySessions
{
    private static readonly SessionColumn[] CsvColumns = [.. SessionColumns.All.Where(column => column is not SessionTextsColumn)];

    /// <summary>Reads and shows them.</summary>
    public static async Task ShowAsync(
        QueryOptions query, IResultReader reader, Stream output, CommandContext context, CancellationToken cancellationToken)
    {
        long count = 0;
        SessionTable table = new(query.Clock, query.IsQuiet, context.Output);
        ArrayBufferWriter<byte> buffer = new();
        if (query.Format == QueryFormat.Csv)
        {
            QueryCsv.WriteLine(CsvColumns.Select(column => column.Name), buffer);
        }

        await foreach (SessionRow row in (await RowsAsync(query, reader, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false))
        {
            count++;
            switch (query.Format)
            {
                case QueryFormat.Table:
                    table.Add(row);
                    break;
                case QueryFormat.Csv:
                    QueryCsv.WriteLine(CsvColumns.Select(column => Field(column, row)), buffer);
                    break;
                default:
                    SessionJson.Write(row, buffer);
                    buffer.Write("\n"u8);
                    break;
            }

            if (buffer.WrittenCount >= QueryRunner.BatchBytes)
            {
                await QueryRunner.FlushAsync(buffer, output, cancellationToken).ConfigureAwait(false);
            }
        }

        if (count == 0 && !query.IsQuiet)
        {
            context.Say($"no sessions{(query.User is null ? "" : " of that user")} in that range of {reader.Name}");
        }
        else if (count > 0 && query.Format == QueryFormat.Table)
        {
            buffer.Write(Encoding.UTF8.GetBytes(table.Write()));
        }

        await QueryRunner.FlushAsync(buffer, output, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IAsyncEnumerable<SessionRow>> RowsAsync(QueryOptions query, IResultReader reader, CancellationToken cancellationToken)
    {
        if (query.Last is not { } last)
        {
            return reader.ReadSessionsAsync(query.Range, query.User, cancellationToken);
        }

        IReadOnlyList<SessionRow> rows =
            await reader.ReadLastSessionsAsync(query.Range, query.User, last, cancellationToken).ConfigureAwait(false);

        // There may be a few more, which share a start.
        return rows.Skip(rows.Count - last).ToAsyncEnumerable();
    }

    private static string Field(SessionColumn column, SessionRow row) => column switch
    {
        SessionTextColumn text => text.Get(row) is { } found ? QueryCsv.Field(found) : "",
        SessionTimeColumn time => TimeText.Format(time.Get(row)),
        SessionCountColumn count => count.Get(row).ToString(CultureInfo.InvariantCulture),
        SessionFlagColumn flag => flag.Get(row) ? "true" : "false",
        SessionAmountColumn amount => amount.Get(row)?.ToString("0.####", CultureInfo.InvariantCulture) ?? "",
        _ => throw new NotSupportedException($"No CSV is known for a {column.GetType().Name}."),
    };
}
