namespace Tidemark.Cli.Generate;

/// <summary>One visit of a user: who it is, where they are, and where they came from.</summary>
internal struct Session
{
    public uint Id;

    /// <summary>Decides what stays the same about a user: place, device, address.</summary>
    public ulong Profile;

    public int User;
    public int Page;

    /// <summary>The page before, or the complement of an index into <see cref="Catalogue.Referrers"/> on a visit's first page.</summary>
    public int Previous;
}

/// <summary>
/// The visits that are going on. Any event may be the last of its visit, so lengths are geometric and the stream looks the same from its
/// first line on. A new visit is, by turns, that of a popular user and that of the next user of a round through all of them: the first
/// makes a few users heavy, the second lets every user appear.
/// </summary>
internal sealed class Sessions
{
    // Ten seconds from click to click.
    private const int SecondsBetweenEvents = 10;
    private const int MaxSessions = 1 << 16;

    // Flattens the head: without it one user in 50,000 would make a tenth of the visits.
    private const int UserOffset = 64;

    // A prime above every number of users, so that steps of it visit all users before any user again.
    private const ulong RoundStep = 2_654_435_761;

    private readonly GeneratorOptions _options;
    private readonly Zipf _popularUsers;
    private readonly Zipf _popularPages;
    private readonly Session[] _sessions;
    private readonly ulong _step;
    private ulong _round;
    private bool _nextIsPopular;

    public Sessions(GeneratorOptions options, ref Xoshiro256 random)
    {
        _options = options;
        _popularUsers = new Zipf(options.Users, UserOffset);
        _popularPages = new Zipf(options.Pages, 2);
        _step = RoundStep % (ulong)options.Users;
        _sessions = new Session[(int)Math.Min(options.Users, Math.Min((long)options.EventsPerSecond * SecondsBetweenEvents, MaxSessions))];
        foreach (ref Session session in _sessions.AsSpan())
        {
            Begin(ref session, ref random);
            TurnTo(ref session, NextPage(ref random));
        }
    }

    /// <summary>Someone's visit.</summary>
    public ref Session Pick(ref Xoshiro256 random) => ref _sessions[(int)random.Below((ulong)_sessions.Length)];

    /// <summary>A page to go to.</summary>
    public int NextPage(ref Xoshiro256 random) => _popularPages.Next(ref random);

    public static void TurnTo(ref Session session, int page)
    {
        session.Previous = session.Page;
        session.Page = page;
    }

    /// <summary>Replaces a visit that is over.</summary>
    public void Begin(ref Session session, ref Xoshiro256 random)
    {
        session.Id = (uint)random.Next();
        session.User = _nextIsPopular ? _popularUsers.Next(ref random) : NextOfRound();
        session.Profile = Xoshiro256.Mix(_options.Seed, (ulong)session.User);
        session.Page = NextPage(ref random);
        session.Previous = ~(int)(random.Next() >> 56);
        _nextIsPopular = !_nextIsPopular;
    }

    private int NextOfRound()
    {
        _round += _step;
        if (_round >= (ulong)_options.Users)
        {
            _round -= (ulong)_options.Users;
        }

        return (int)_round;
    }
}
