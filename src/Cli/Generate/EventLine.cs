namespace Tidemark.Cli.Generate;

/// <summary>Writes the lines of well-behaved events, all fields in one order.</summary>
internal sealed class EventLine
{
    /// <summary>Where the <c>timestamp</c> field starts: after <c>{"event_id":"..."</c>, which always has the same length.</summary>
    public const int TimestampAt = 30;

    /// <summary>Bytes of <c>,"timestamp":"..."</c>.</summary>
    public const int TimestampBytes = 15 + TimestampText.Bytes;

    /// <summary>Where the <c>event_type</c> field starts: <c>,"event_type":"..."</c>.</summary>
    public const int TypeAt = TimestampAt + TimestampBytes;

    // Of 65,536 events: one in eight begins a visit and is a page view, like 57.5 % more.
    private const uint BeginsBelow = 8192;
    private const uint ViewsBelow = 45_875;
    private const uint ClicksBelow = ViewsBelow + 11_141;
    private const uint SearchesBelow = ClicksBelow + 3932;
    private const uint AdditionsBelow = SearchesBelow + 2949;

    private readonly Sessions _sessions;
    private readonly PagePaths _pages;

    public EventLine(GeneratorOptions options, ref Xoshiro256 random)
    {
        _sessions = new Sessions(options, ref random);
        _pages = new PagePaths(options.Pages);
    }

    /// <summary>Writes the times.</summary>
    public TimestampText Time { get; } = new();

    /// <summary>Writes the next event of someone's visit, without LF, and returns the bytes of its <c>event_type</c> field.</summary>
    /// <param name="line">Empty.</param>
    /// <param name="eventMs">Event time in epoch milliseconds.</param>
    /// <param name="choice">Random bits; the lowest 16 decide the type.</param>
    /// <param name="random">Draws everything else.</param>
    public int Write(ref LineWriter line, long eventMs, uint choice, ref Xoshiro256 random)
    {
        ref Session session = ref _sessions.Pick(ref random);
        uint kind = choice & 0xFFFF;
        Move(ref session, kind, ref random);

        line.Append("{\"event_id\":\""u8);
        line.AppendHex(random.Next(), 16);
        line.Append("\",\"timestamp\":\""u8);
        Time.Write(eventMs, line.Reserve(TimestampText.Bytes));
        line.Append((byte)'"');
        int typeAt = line.Length;
        line.Append(Type(kind));
        int typeBytes = line.Length - typeAt;

        line.Append(",\"user_id\":\"u"u8);
        line.AppendPadded((uint)session.User, 7);
        line.Append("\",\"session_id\":\"s_"u8);
        line.AppendHex(session.Id, 8);
        line.Append("\",\"page_url\":\""u8);
        _pages.Append(ref line, session.Page);
        line.Append((byte)'"');
        WriteReferrer(ref line, session.Previous);
        WriteProfile(ref line, session.Profile);
        Metadata.Write(ref line, kind, random.Next());
        line.Append("}}"u8);
        return typeBytes;

        static ReadOnlySpan<byte> Type(uint kind) => kind switch
        {
            < ViewsBelow => ",\"event_type\":\"page_view\""u8,
            < ClicksBelow => ",\"event_type\":\"click\""u8,
            < SearchesBelow => ",\"event_type\":\"search\""u8,
            < AdditionsBelow => ",\"event_type\":\"add_to_cart\""u8,
            _ => ",\"event_type\":\"purchase\""u8,
        };
    }

    private void Move(ref Session session, uint kind, ref Xoshiro256 random)
    {
        if (kind < BeginsBelow)
        {
            _sessions.Begin(ref session, ref random);
        }
        else if (kind < ViewsBelow)
        {
            Sessions.TurnTo(ref session, _sessions.NextPage(ref random));
        }
        else if (kind is >= ClicksBelow and < SearchesBelow)
        {
            Sessions.TurnTo(ref session, _pages.Search);
        }
        else if (kind >= AdditionsBelow)
        {
            Sessions.TurnTo(ref session, _pages.Checkout);
        }
    }

    private void WriteReferrer(ref LineWriter line, int previous)
    {
        ReadOnlySpan<byte> external = previous < 0 ? Catalogue.Referrers[~previous] : default;
        if (previous < 0 && external.IsEmpty)
        {
            return;
        }

        line.Append(",\"referrer\":\""u8);
        if (previous < 0)
        {
            line.Append(external);
        }
        else
        {
            _pages.Append(ref line, previous);
        }

        line.Append((byte)'"');
    }

    // Addresses are from 198.18.0.0/15, which is kept for benchmarks and belongs to nobody.
    private static void WriteProfile(ref LineWriter line, ulong profile)
    {
        Catalogue.Device device = Catalogue.Devices[(byte)profile];
        line.Append(device.UserAgent);
        line.Append((byte)('8' + ((profile >> 8) & 1)));
        line.Append((byte)'.');
        line.AppendNumber((byte)(profile >> 16));
        line.Append((byte)'.');
        line.AppendNumber((byte)(profile >> 24));
        line.Append((byte)'"');
        line.Append(Catalogue.Geo[(byte)(profile >> 32)]);
        line.Append(device.Object);
    }

    /// <summary>The <c>metadata</c> object, which depends on the type of event.</summary>
    private static class Metadata
    {
        public static void Write(ref LineWriter line, uint kind, ulong draw)
        {
            if (kind < ViewsBelow)
            {
                line.Append(",\"metadata\":{\"load_ms\":\""u8);
                line.AppendNumber(80 + (long)(draw & 0x3FF));
            }
            else if (kind < ClicksBelow)
            {
                line.Append(",\"metadata\":{\"element\":\""u8);
                line.Append(Catalogue.Elements[draw & 7]);
                line.Append("\",\"x\":\""u8);
                line.AppendNumber((long)((draw >> 8) & 0x3FF));
                line.Append("\",\"y\":\""u8);
                line.AppendNumber((long)((draw >> 20) & 0x7FF));
            }
            else if (kind < SearchesBelow)
            {
                line.Append(",\"metadata\":{\"query\":\""u8);
                line.Append(Catalogue.Queries[draw & 15]);
                line.Append("\",\"results\":\""u8);
                line.AppendNumber((long)((draw >> 8) & 0xFF));
            }
            else if (kind < AdditionsBelow)
            {
                line.Append(",\"metadata\":{\"price\":\""u8);
                AppendPrice(ref line, draw);
                line.Append("\",\"currency\":\"USD\",\"quantity\":\""u8);
                line.AppendNumber(1 + (long)((draw >> 60) & 3));
            }
            else
            {
                WritePurchase(ref line, draw);
            }

            line.Append((byte)'"');
        }

        // One currency: revenue is one sum.
        private static void WritePurchase(ref LineWriter line, ulong draw)
        {
            line.Append(",\"metadata\":{\"amount\":\""u8);
            byte oddity = (byte)(draw >> 56);
            if (oddity < 2)
            {
                line.Append(Catalogue.InvalidAmounts[(draw >> 40) & 7]);
            }
            else
            {
                if (oddity < 10)
                {
                    line.Append((byte)'-');
                }

                AppendPrice(ref line, draw);
            }

            line.Append("\",\"currency\":\"USD\",\"order_id\":\"o-"u8);
            line.AppendPadded((uint)draw % 100_000_000, 8);
        }

        // Of 5.00 to about 330, small ones more often; half of them end in .90.
        private static void AppendPrice(ref LineWriter line, ulong draw)
        {
            ulong cents = 500 + ((draw >> 8) & ((1UL << (int)(10 + (draw >> 32) % 6)) - 1));
            if ((draw & 1) == 0)
            {
                cents = cents / 100 * 100 + 90;
            }

            line.AppendNumber((long)(cents / 100));
            line.Append((byte)'.');
            line.AppendPadded((uint)(cents % 100), 2);
        }
    }
}
