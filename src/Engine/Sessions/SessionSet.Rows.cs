using System.Text;
using Tidemark.Core.Metrics;
using Tidemark.Core.Sessions;

namespace Tidemark.Engine.Sessions;

/// <content>The rows of sessions.</content>
internal sealed partial class SessionSet
{
    private readonly Dictionary<int, string> _strings = []; // of the texts that several rows of a minute have

    /// <summary>The row of a session: of one part, or of two that follow one another.</summary>
    private Session RowOf(int first, int end)
    {
        ref SessionPart a = ref _parts[_of[first]];
        ref SessionPart b = ref _parts[_of[end - 1]];
        bool isOne = end - first == 1;
        long startMs = StartMs(_of[first]);
        long endMs = EndMs(_of[end - 1]);
        Int128 revenue = isOne ? a.Revenue : a.Revenue + b.Revenue;
        int currency = isOne || b.Currency == TextTable.None ? a.Currency
            : a.Currency == TextTable.None || a.Currency == b.Currency ? b.Currency : SessionPart.MixedCurrencies;
        (string userId, string key) = Identity(a.User, a.UserId);
        List<string> pages = PagesOf(first, end, out bool isCut);
        return new Session
        {
            SessionId = IdOf(key, startMs),
            UserId = userId,
            StartMs = startMs,
            EndMs = endMs,
            EventCount = isOne ? a.Events : a.Events + (long)b.Events,
            PageViewCount = isOne ? a.PageViews : a.PageViews + (long)b.PageViews,
            ClickCount = isOne ? a.Clicks : a.Clicks + (long)b.Clicks,
            PurchaseCount = isOne ? a.Purchases : a.Purchases + (long)b.Purchases,
            PagesVisited = pages,
            PagesVisitedCut = isCut,
            EntryPage = Shared(a.Entry >= 0 ? a.Entry : b.Entry),
            ExitPage = Shared(b.Exit >= 0 ? b.Exit : a.Exit),
            Referrer = Shared(a.Referrer >= 0 ? a.Referrer : b.Referrer),
            DeviceType = Shared(a.Device >= 0 ? a.Device : b.Device),
            Country = Shared(a.Country >= 0 ? a.Country : b.Country),
            Revenue = currency == SessionPart.MixedCurrencies ? null : Accumulator.ToAmount(revenue),
            Currency = Shared(currency),
            Replaces = ReplacedBy(a.User, key, startMs, endMs),
        };
    }

    private static string IdOf(string key, long startMs) => string.Create(null, stackalloc char[40], $"{key}-{startMs}");

    /// <summary>The user as published, and what identifies the user in the ids of sessions.</summary>
    private (string UserId, string Key) Identity(ulong user, int userId)
    {
        if (_options.Pseudonyms is not { } pseudonyms)
        {
            return (Encoding.UTF8.GetString(_texts[userId]), user.ToString("x16", null));
        }

        string pseudonym = pseudonyms.Of(_texts[userId]);
        return (pseudonym, pseudonym[..16]);
    }

    private List<string> ReplacedBy(ulong user, string key, long startMs, long endMs)
    {
        if (!_replaced.TryGetValue(user, out List<long>? starts))
        {
            return [];
        }

        List<string> ids = [.. starts.Where(start => start > startMs && start <= endMs).Distinct().Select(start => IdOf(key, start))];
        ids.Sort(StringComparer.Ordinal);
        return ids;
    }

    private List<string> PagesOf(int first, int end, out bool isCut)
    {
        HashSet<int> texts = [];
        isCut = false;
        for (int i = first; i < end; i++)
        {
            ref SessionPart part = ref _parts[_of[i]];
            isCut |= part.PagesCut;
            foreach (int page in _pages[part.Pages, part.PageCount])
            {
                texts.Add(page);
            }
        }

        int[] sorted = [.. texts];
        Array.Sort(sorted, (a, b) => _texts[a].SequenceCompareTo(_texts[b]));
        isCut |= sorted.Length > _options.MaxPages;
        return [.. sorted.Take(_options.MaxPages).Select(text => Shared(text)!)];
    }

    private string? Shared(int text)
    {
        if (text < 0)
        {
            return null;
        }

        if (!_strings.TryGetValue(text, out string? known))
        {
            known = Encoding.UTF8.GetString(_texts[text]);
            _strings.Add(text, known);
        }

        return known;
    }
}
