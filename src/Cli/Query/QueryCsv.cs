using System.Buffers;
using System.Globalization;
using System.Text;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Sinks;

namespace Tidemark.Cli.Query;

/// <summary>Results as CSV (RFC 4180): CRLF, quotes only where they are needed. Lists and maps are left to JSON; of the pages the first is told.</summary>
internal static class QueryCsv
{
    private const string Header =
        "window,window_start,window_end,total_events,unique_users,unique_users_exact,page_views,clicks,purchases,revenue,revenue_overflow,invalid_amounts,"
        + "top_page,top_page_views,phase,revision\r\n";

    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    public static void WriteHeader(IBufferWriter<byte> destination) => Encoding.UTF8.GetBytes(Header, destination);

    public static void Write(WindowResult result, IBufferWriter<byte> destination)
    {
        bool hasPage = result.TopPages.Counts.Count > 0;
        FormattableString line =
            $"{result.Window},{TimeText.Format(result.StartMs)},{TimeText.Format(result.EndMs)},{result.TotalEvents},{result.UniqueUsers},{Text(result.UniqueUsersExact)},{result.PageViews},{result.Clicks},{result.Purchases},{result.Revenue:0.####},{Text(result.RevenueOverflow)},{result.InvalidAmounts},{(hasPage ? Field(result.TopPages.Counts[0].Key) : "")},{(hasPage ? result.TopPages.Counts[0].Count : 0)},{ResultJson.PhaseName(result.Phase)},{result.Revision}\r\n";
        Encoding.UTF8.GetBytes(line.ToString(CultureInfo.InvariantCulture), destination);
    }

    /// <summary>A field of any text. An empty one is quoted, to tell it from an absent one.</summary>
    private static string Field(string text) =>
        text.Length == 0 || text.AsSpan().ContainsAny(Special) || text[0] == ' ' || text[^1] == ' ' ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private static string Text(bool value) => value ? "true" : "false";
}
