using System.Text.Json;

namespace Tidemark.Support.Oracle;

/// <summary>One line to an event, or to the reason why it is none.</summary>
public static class OracleReader
{
    public const int MaxRecordBytes = 1_048_576;

    /// <summary>White space only: not a record. An over-long line is never looked into, so it is no blank one.</summary>
    public static bool IsBlank(byte[] line) =>
        line.Length <= MaxRecordBytes && line.All(b => b is (byte)' ' or (byte)'\t' or (byte)'\r');

    /// <summary>The event, or the first reason that applies.</summary>
    public static (OracleEvent? Event, string? Reason) Read(int index, int partition, byte[] line, long latestMs, OracleAdditions? added = null)
    {
        if (line.Length > MaxRecordBytes)
        {
            return (null, "too_large");
        }

        // A byte order mark is malformed here: skipping one belongs to whoever reads the source from its very start.
        if (!OracleJson.TryParse(line, out var root))
        {
            return (null, "malformed_json");
        }

        if (root.Members is null)
        {
            return (null, "not_an_object");
        }

        var timestamp = root.Member("timestamp");
        if (timestamp?.Text is null)
        {
            return (null, "missing_timestamp");
        }

        var time =
            timestamp.Kind == JsonTokenType.Number ? OracleText.EpochMilliseconds(timestamp.Text) : OracleText.TextMilliseconds(timestamp.Text);
        if (time is null)
        {
            return (null, "bad_timestamp");
        }

        if (root.StringMember("event_type") is not { } type)
        {
            return (null, "missing_event_type");
        }

        if (time > latestMs)
        {
            return (null, "future_timestamp");
        }

        var amountText = type == "purchase" ? root.StringMember("metadata", "amount") : null;
        var amount = amountText is null ? null : OracleText.Amount(amountText);
        return (new OracleEvent(index, partition, time.Value, OracleText.Key(type))
        {
            User = root.StringMember("user_id") is { Length: > 0 } user ? user : null,
            Page = Shortened(root.StringMember("page_url")),
            Country = Shortened(root.StringMember("geo", "country")),
            Device = Shortened(root.StringMember("device", "type")),
            Referrer = Shortened(root.StringMember("referrer")),
            Amount = amount,
            InvalidAmount = amountText is not null && amount is null,
            Added = [.. added?.Breakdowns.Select(breakdown => Shortened(root.StringMember(breakdown.Path) ?? breakdown.Constant)) ?? []],
            Currency = added?.CurrencyPath is { } path ? root.StringMember(path) ?? added.CurrencyConstant : null,
        }, null);
    }

    private static string? Shortened(string? key) => key is null ? null : OracleText.Key(key);
}
