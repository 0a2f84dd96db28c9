using System.Globalization;
using System.Text.RegularExpressions;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;

namespace Tidemark.Dashboard.Api;

/// <summary>Reads the parameters of requests, bounded, with a message that says what was expected and what came.</summary>
/// <param name="columns">The columns of results.</param>
/// <param name="limits">What a request may ask for.</param>
/// <param name="time">The clock, for times relative to now.</param>
internal sealed partial class RequestReader(IReadOnlyList<ResultColumn> columns, ApiLimits limits, TimeProvider time)
{
    private const int MaxShown = 60;

    private readonly Dictionary<string, ResultColumn[]> _byMember = columns
        .Where(column => column is not BytesColumn)
        .SelectMany(column => new[] { (Member: column.Name, Column: column), (Member: column.Group ?? column.JsonName, Column: column) })
        .Distinct().GroupBy(pair => pair.Member).ToDictionary(group => group.Key, group => group.Select(pair => pair.Column).ToArray());

    /// <summary>The range from <c>from</c> to <c>to</c>, both required; half-open.</summary>
    public Interval RequiredRange(ApiRequest request)
    {
        long from = Time(request, "from") ?? throw new BadRequestException("from: expected a time such as 2026-11-22T06:00:00Z or -1h, got nothing");
        long to = Time(request, "to") ?? time.GetUtcNow().ToUnixTimeMilliseconds();
        return Checked(from, to, limits.MaxRange);
    }

    /// <summary>The range from <c>from</c> to <c>to</c>; one without a start has none, one without an end has none either.</summary>
    /// <param name="request">The request.</param>
    /// <param name="longest">The longest range; null: <see cref="ApiLimits.MaxRange"/>.</param>
    public Interval Range(ApiRequest request, TimeSpan? longest = null)
    {
        long? from = Time(request, "from");
        long to = Time(request, "to") ?? long.MaxValue;
        return from is null ? new Interval(long.MinValue, to) : Checked(from.Value, to, longest ?? limits.MaxRange);
    }

    /// <summary>How many windows or sessions are answered at most: <c>limit</c>.</summary>
    public int Limit(ApiRequest request)
    {
        if (request.Parameter("limit") is not { } text)
        {
            return limits.DefaultWindows;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit >= 1 && limit <= limits.MaxWindows
            ? limit
            : throw new BadRequestException(
                $"limit: expected 1 to {limits.MaxWindows.ToString(CultureInfo.InvariantCulture)}, got '{Shown(text)}'");
    }

    /// <summary>Which columns are answered: <c>columns</c>, names with commas in between. The window itself is always told.</summary>
    public Predicate<ResultColumn> Columns(ApiRequest request)
    {
        if (request.Parameter("columns") is not { } text)
        {
            return static _ => true;
        }

        // By name: of what a configuration adds, every result has columns of its own.
        HashSet<string> asked =
            [.. columns.Where(column => column.Role != ColumnRole.Content && column.Name != "watermark").Select(column => column.Name)];
        foreach (string name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!_byMember.TryGetValue(name, out ResultColumn[]? found))
            {
                throw new BadRequestException(
                    $"columns: expected names of columns with commas in between ({DashboardApi.Root}columns has them), got '{Shown(name)}'");
            }

            asked.UnionWith(found.Select(column => column.Name));
        }

        return column => asked.Contains(column.Name);
    }

    private static Interval Checked(long from, long to, TimeSpan longest)
    {
        if (to <= from)
        {
            throw new BadRequestException($"to: expected a time after from ({TimeText.Format(from)}), got {TimeText.Format(to)}");
        }

        if (to != long.MaxValue && to - from > (long)longest.TotalMilliseconds)
        {
            double days = TimeSpan.FromMilliseconds(to - from).TotalDays;
            throw new BadRequestException(string.Create(
                CultureInfo.InvariantCulture, $"to: expected at most {longest.TotalDays:0} days after from, got {days:0.##} days"));
        }

        return new Interval(from, to);
    }

    /// <summary>RFC 3339, epoch milliseconds, <c>now</c>, or a time before now such as <c>-90m</c>.</summary>
    private long? Time(ApiRequest request, string name)
    {
        if (request.Parameter(name) is not { } text)
        {
            return null;
        }

        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (text == "now")
        {
            return nowMs;
        }

        if (Ago().Match(text) is { Success: true } ago)
        {
            long unitMs = ago.Groups[2].Value switch { "s" => 1000L, "m" => 60_000L, "h" => 3_600_000L, _ => 86_400_000L };
            return nowMs - (unitMs * long.Parse(ago.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long epochMs))
        {
            return epochMs >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && epochMs <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                ? epochMs
                : throw new BadRequestException($"{name}: expected epoch milliseconds in the years 1 to 9999, got {epochMs}");
        }

        // A plus sign that was not encoded has become a space.
        return TimeText.TryParse(text.Replace(' ', '+'), out DateTimeOffset parsed) || TimeText.TryParse(text, out parsed)
            ? parsed.ToUnixTimeMilliseconds()
            : throw new BadRequestException(
                $"{name}: expected a time such as 2026-11-22T06:00:00Z, epoch milliseconds, now, or -90m (s, m, h, d), got '{Shown(text)}'");
    }

    /// <summary>A text of a request for a message, at most so long that the message can be read.</summary>
    internal static string Shown(string text) => text.Length <= MaxShown ? text : string.Concat(text.AsSpan(0, MaxShown), "...");

    [GeneratedRegex(@"\A-([0-9]{1,6})([smhd])\z")]
    private static partial Regex Ago();
}
