using System.Text;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;

namespace Tidemark.Engine.Sessions;

/// <content>Parts: what they take from events, and from one another.</content>
internal sealed partial class SessionSet
{
    private static readonly byte[] UnknownCurrency = Encoding.ASCII.GetBytes(CurrencySums.Unknown);

    private int NewPart(in EventRecord record, EventBatch batch, long block, int at)
    {
        int place = _parts.Take();
        ref SessionPart part = ref _parts[place];
        part = new SessionPart
        {
            User = record.UserHash,
            Block = block,
            Next = -1,
            Generation = part.Generation,
            Start = at,
            End = at,
            UserId = _texts.Own(batch.Bytes(batch.AddedKeys(in record)[_firstKey])),
            Entry = TextTable.None,
            Exit = TextTable.None,
            Referrer = TextTable.None,
            Device = TextTable.None,
            Country = TextTable.None,
            Currency = TextTable.None,
            Pages = NumberLists.None,
            CheckAt = SessionPart.NoMinute,
            EndedIn = SessionPart.NoMinute,
        };
        return place;
    }

    private void FreePart(int place)
    {
        ref SessionPart part = ref _parts[place];
        _texts.Release(part.UserId);
        _texts.Release(part.Entry);
        _texts.Release(part.Exit);
        _texts.Release(part.Referrer);
        _texts.Release(part.Device);
        _texts.Release(part.Country);
        _texts.Release(part.Currency);
        foreach (int page in _pages[part.Pages, part.PageCount])
        {
            _texts.Release(page);
        }

        _pages.Free(part.Pages);

        part.Generation = unchecked(part.Generation + 1);
        _parts.Free(place);
    }

    private void Extend(ref SessionPart part, int at, in EventRecord record, EventBatch batch)
    {
        part.Events++;
        part.Start = Math.Min(part.Start, at);
        part.End = Math.Max(part.End, at);
        switch (record.Kind)
        {
            case EventKind.PageView:
                part.PageViews++;
                break;
            case EventKind.Click:
                part.Clicks++;
                break;
            case EventKind.Purchase:
                part.Purchases++;
                AddAmount(ref part, in record, batch);
                break;
        }

        ReadOnlySpan<KeyRef> keys = batch.AddedKeys(in record);
        TakeEarlier(ref part.Device, ref part.DeviceAt, record.Device, at, batch);
        TakeEarlier(ref part.Country, ref part.CountryAt, record.Country, at, batch);
        TakeEarlier(ref part.Referrer, ref part.ReferrerAt, keys[_firstKey + 2], at, batch);
        KeyRef page = keys[_firstKey + 1];
        if (page.Length > 0)
        {
            AddPage(ref part, at, batch.Bytes(page), page.Hash);
        }
    }

    private void AddPage(ref SessionPart part, int at, ReadOnlySpan<byte> page, uint hash)
    {
        // What is done on a page comes upon its view.
        if (part.Exit >= 0 && part.ExitHash == hash && at >= part.ExitAt && _texts[part.Exit].SequenceEqual(page))
        {
            part.ExitAt = at;
            return;
        }

        int text = _texts.Share(page, hash);
        TakeEarlier(ref part.Entry, ref part.EntryAt, text, at);
        TakeLater(ref part.Exit, ref part.ExitAt, text, at);
        part.ExitHash = part.Exit == text ? hash : part.ExitHash;
        AddPage(ref part, text);
        _texts.Release(text);
    }

    private void AddAmount(ref SessionPart part, in EventRecord record, EventBatch batch)
    {
        if (record.Amount != AmountState.Valid || record.AmountTenThousandths == 0)
        {
            return;
        }

        part.Revenue += record.AmountTenThousandths;
        if (_hasCurrency)
        {
            Span<byte> bytes = stackalloc byte[CurrencyCode.MaxBytes];
            CurrencyCode? code = CurrencyCode.Of(batch.Bytes(batch.AddedKeys(in record)[^1]));
            ReadOnlySpan<byte> name = code is null ? UnknownCurrency : bytes[..code.Value.Write(bytes)];
            int text = name.IsEmpty ? SessionPart.MixedCurrencies : _texts.Share(name, EventKey.Hash(name));
            AddCurrency(ref part, text);
            _texts.Release(text);
        }
    }

    private void AddCurrency(ref SessionPart part, int text)
    {
        if (part.Currency == TextTable.None)
        {
            part.Currency = _texts.Keep(text);
        }
        else if (part.Currency != text && text != TextTable.None)
        {
            _texts.Release(part.Currency);
            part.Currency = SessionPart.MixedCurrencies;
        }
    }

    /// <summary>Takes the text of an event if it is earlier than the one that is there; of two at the same time, the lesser text.</summary>
    private void TakeEarlier(ref int text, ref int textAt, KeyRef key, int at, EventBatch batch)
    {
        if (key.Length <= 0 || (text >= 0 && (at > textAt || (at == textAt && batch.Bytes(key).SequenceCompareTo(_texts[text]) >= 0))))
        {
            return;
        }

        int other = _texts.Share(batch.Bytes(key), key.Hash);
        _texts.Release(text);
        (text, textAt) = (other, at);
    }

    private void TakeEarlier(ref int text, ref int textAt, int other, int at)
    {
        if (other >= 0 && (text < 0 || at < textAt || (at == textAt && text != other && _texts[other].SequenceCompareTo(_texts[text]) < 0)))
        {
            Replace(ref text, ref textAt, other, at);
        }
    }

    /// <summary>Takes a text if it is later than the one that is there; of two at the same time, the greater text.</summary>
    private void TakeLater(ref int text, ref int textAt, int other, int at)
    {
        if (other >= 0 && (text < 0 || at > textAt || (at == textAt && text != other && _texts[other].SequenceCompareTo(_texts[text]) > 0)))
        {
            Replace(ref text, ref textAt, other, at);
        }
    }

    private void Replace(ref int text, ref int textAt, int other, int at)
    {
        _texts.Keep(other);
        _texts.Release(text);
        (text, textAt) = (other, at);
    }

    /// <summary>Adds a page to those of a part: the first ones in the order of their bytes are kept, whatever the order in which they come.</summary>
    private void AddPage(ref SessionPart part, int text)
    {
        Span<int> pages = _pages[part.Pages, part.PageCount];
        if (pages.Contains(text))
        {
            return;
        }

        if (part.PageCount < _options.MaxPages)
        {
            part.Pages = _pages.Add(part.Pages, part.PageCount++, _texts.Keep(text));
            return;
        }

        part.PagesCut = true;
        if (!part.PagesAreHeap)
        {
            part.PagesAreHeap = true;
            for (int i = (pages.Length / 2) - 1; i >= 0; i--)
            {
                SiftDown(pages, i);
            }
        }

        if (_texts[text].SequenceCompareTo(_texts[pages[0]]) < 0)
        {
            _texts.Keep(text);
            _texts.Release(pages[0]);
            pages[0] = text;
            SiftDown(pages, 0);
        }
    }

    /// <summary>Restores a heap with the greatest text on top, whose top may be too small: full lists of pages are heaps.</summary>
    private void SiftDown(Span<int> heap, int top)
    {
        for (int child; (child = (2 * top) + 1) < heap.Length; top = child)
        {
            if (child + 1 < heap.Length && _texts[heap[child]].SequenceCompareTo(_texts[heap[child + 1]]) < 0)
            {
                child++;
            }

            if (_texts[heap[top]].SequenceCompareTo(_texts[heap[child]]) >= 0)
            {
                return;
            }

            (heap[top], heap[child]) = (heap[child], heap[top]);
        }
    }

    /// <summary>Adds a later part of the same block to a part.</summary>
    private void Absorb(int place, int later)
    {
        ref SessionPart part = ref _parts[place];
        ref SessionPart other = ref _parts[later];
        part.End = Math.Max(part.End, other.End);
        part.Events += other.Events;
        part.PageViews += other.PageViews;
        part.Clicks += other.Clicks;
        part.Purchases += other.Purchases;
        part.Revenue += other.Revenue;
        AddCurrency(ref part, other.Currency);
        TakeEarlier(ref part.Entry, ref part.EntryAt, other.Entry, other.EntryAt);
        TakeEarlier(ref part.Referrer, ref part.ReferrerAt, other.Referrer, other.ReferrerAt);
        TakeEarlier(ref part.Device, ref part.DeviceAt, other.Device, other.DeviceAt);
        TakeEarlier(ref part.Country, ref part.CountryAt, other.Country, other.CountryAt);
        TakeLater(ref part.Exit, ref part.ExitAt, other.Exit, other.ExitAt);
        part.ExitHash = part.Exit == other.Exit ? other.ExitHash : part.ExitHash;
        part.PagesCut |= other.PagesCut;
        foreach (int page in _pages[other.Pages, other.PageCount])
        {
            AddPage(ref part, page);
        }

        FreePart(later);
    }
}
