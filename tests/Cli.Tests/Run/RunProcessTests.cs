using Tidemark.Cli.Generate;
using Tidemark.Cli.Tests.Generate;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Run;

/// <summary><c>tidemark run</c> from outside: exit codes, messages, signals, pipes, disks.</summary>
public sealed class RunProcessTests : IDisposable
{
    private const string Now = "2026-11-22T09:00:00Z";

    // A run that hangs never ends; one that ends does so in about a second, on a busy machine in a few.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_File_ExitsWith0AndListsTheWindows()
    {
        Write("events.ndjson", 2000);

        using TidemarkProcess run = await TidemarkProcess.RunAsync(_folder.Path, "run", "--source", "events.ndjson", "--now", Now);

        Assert.Equal(0, await run.ExitAsync());
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.StartsWith("window   start (UTC)", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("1hour    2026-11-22 07:00:00", StringComparison.Ordinal));
        Assert.Contains("\nrecords       2,000 read = ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_EveryMistake_IsToldAtOnceAndNothingIsTouched()
    {
        await File.WriteAllTextAsync(_folder.File("bad.json"), """{"topPages":0,"idleTimeout":5}""");
        await File.WriteAllTextAsync(_folder.File("dead.ndjson"), "before");

        using TidemarkProcess run = await TidemarkProcess.RunAsync(
            _folder.Path, "run", "--threads", "0", "--now", "rubbish", "--dashboard", "on",
            "--config", "bad.json", "--lake", "lake", "--dead-letters", "dead.ndjson", "--colour");

        Assert.Equal(2, await run.ExitAsync());
        Assert.Equal(
            """
            tidemark: unknown option '--colour' of tidemark run
            tidemark: --source: expected PATH|DIR|GLOB|-|kafka://HOST:PORT/TOPIC, got nothing
            tidemark: --now: expected a time such as 2026-11-22T06:00:00Z, got 'rubbish'
            tidemark: --threads: expected 1 to 64, got '0'
            tidemark: --dashboard: expected [HOST:]PORT|off, such as 8080 or 0.0.0.0:8080, got 'on'
            tidemark: bad.json: idleTimeout: expected a duration such as 10s, got 5
            tidemark: bad.json: topPages: expected 1 to 1000, got 0
            Try: tidemark run --help

            """.ReplaceLineEndings("\n"),
            run.Error);
        Assert.Equal("before", await File.ReadAllTextAsync(_folder.File("dead.ndjson")));
        Assert.False(Directory.Exists(_folder.File("lake")));
    }

    [Theory]
    [InlineData("rnu --source x",
        "unknown command 'rnu'; did you mean 'tidemark run'? There are demo, run, query, generate, restore, state, verify, config, completion, help")]
    [InlineData("run --source", "--source: expected PATH|DIR|GLOB|-|kafka://HOST:PORT/TOPIC, got nothing")]
    [InlineData("run --source ''", "--source: expected PATH|DIR|GLOB|-|kafka://HOST:PORT/TOPIC, got nothing")]
    [InlineData("run --source x --lake ''", "--lake: expected DIR, got nothing")]
    [InlineData("run --source x --threads", "--threads: expected N, got nothing")]
    [InlineData("run --source x --threads 65", "--threads: expected 1 to 64, got '65'")]
    [InlineData("run --source x --threads many", "--threads: expected 1 to 64, got 'many'")]
    [InlineData("run --source x --config ''", "--config: expected FILE, got nothing")]
    [InlineData("run --source x --config missing.json", "cannot read the configuration missing.json: No such file or directory")]
    [InlineData("run --source x --dead-letters -", "--dead-letters: expected a file, got '-': stdout is for results (/dev/stderr is a file)")]
    [InlineData("run --source events --dead-letters ./events", "--dead-letters: expected another file than --source, got './events'")]
    [InlineData("run --source events --dead-letters link", "--dead-letters: expected another file than --source, got 'link'")]
    [InlineData("run --source x --now 2026-02-30", "--now: expected a time such as 2026-11-22T06:00:00Z, got '2026-02-30'")]
    [InlineData("demo --duration 0s", "--duration: expected 1s to 1h, got '0s'")]
    [InlineData("demo --rate 0", "--rate: expected 1 to 1,000,000, got '0'")]
    public async Task Run_OneMistake_ExitsWith2AndOneLine(string arguments, string mistake)
    {
        await File.WriteAllTextAsync(_folder.File("events"), "before");
        File.CreateSymbolicLink(_folder.File("link"), "events");
        using TidemarkProcess run = TidemarkProcess.StartShell(_folder.Path, "$T " + arguments);

        Assert.Equal(2, await run.ExitAsync());

        Assert.StartsWith($"tidemark: {mistake}\nTry: tidemark ", run.Error, StringComparison.Ordinal);
        Assert.Equal("before", await File.ReadAllTextAsync(_folder.File("events")));
    }

    [Fact]
    public async Task Run_NamesThatSteerATerminal_AreShownEscaped()
    {
        await File.WriteAllTextAsync(_folder.File("c\e[31m"), """{"red\u001b[31m\u202e":1,"windows":[{"name":"\u001b[2J","size":"1min"}]}""");
        await File.WriteAllBytesAsync(_folder.File("bytes"), [.. "{\"idleTimeout\":\""u8, 0xFF, .. "\"}"u8]);
        using TidemarkProcess wrong = await TidemarkProcess.RunAsync(
            _folder.Path, "run", "--source", "x", "--config", "c\e[31m", "--\e[31m", "--now", "\e]0;title\a");
        using TidemarkProcess bytes = await TidemarkProcess.RunAsync(_folder.Path, "run", "--source", "x", "--config", "bytes");
        using TidemarkProcess missing = await TidemarkProcess.RunAsync(_folder.Path, "run", "--source", "\e[31mmissing\n\u202e");
        await File.WriteAllTextAsync(_folder.File("ev\e[31m"), "rubbish\n");
        using TidemarkProcess done = await TidemarkProcess.RunAsync(_folder.Path, "run", "--source", "ev\e[31m", "--dead-letters", "dead\e[31m");
        using TidemarkProcess made = await TidemarkProcess.RunAsync(_folder.Path, "generate", "--events", "1", "--out", "made\e[31m");

        int[] codes = await Task.WhenAll(wrong.ExitAsync(), bytes.ExitAsync(), missing.ExitAsync(), done.ExitAsync(), made.ExitAsync());
        Assert.Equal([2, 2, 1, 1, 0], codes);
        string all = wrong.Error + bytes.Error + missing.Error + done.Error + made.Error;
        Assert.DoesNotContain(all, character => (char.IsControl(character) && character != '\n') || character == '\u202e');
        Assert.Contains("c\\u001b[31m: red\\u001b[31m\\u202e: unknown; expected one of windows", wrong.Error, StringComparison.Ordinal);
        Assert.Contains(
            "tidemark: cannot read \\u001b[31mmissing\\u000a\\u202e: No such file or directory\n", missing.Error, StringComparison.Ordinal);
        Assert.Contains("source        ev\\u001b[31m: 1 records", done.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--source events --dead-letters linked/events", "linked/events")]
    [InlineData("--source linked/events --dead-letters real/events", "real/events")]
    [InlineData("--source events --dead-letters hard", "hard")]
    [InlineData("--source hard --dead-letters real/events", "real/events")]
    [InlineData("--source - --dead-letters events < events", "events")]
    [InlineData("--source - --dead-letters hard < linked/events", "hard")]
    [InlineData("--source /dev/stdin --dead-letters hard < linked/events", "hard")]
    public async Task Run_DeadLettersAreTheSourceByAnotherName_ExitsWith2AndEmptiesNothing(string options, string deadLetters)
    {
        Directory.CreateDirectory(_folder.File("real"));
        Write("real/events", 50);
        byte[] before = await File.ReadAllBytesAsync(_folder.File("real/events"));
        using TidemarkProcess run = TidemarkProcess.StartShell(
            _folder.Path, $"ln -s real linked; ln -s real/events events; ln real/events hard; exec $T run {options}");

        Assert.Equal(2, await run.ExitAsync());

        Assert.Equal($"tidemark: --dead-letters: expected another file than --source, got '{deadLetters}'\nTry: tidemark run --help\n", run.Error);
        Assert.Equal(before, await File.ReadAllBytesAsync(_folder.File("real/events")));
    }

    // A terminal is one device, whether it is read or written; so is this one.
    [Theory]
    [InlineData("--source - --dead-letters /dev/null < /dev/null")]
    [InlineData("--source - --dead-letters other < events")]
    [InlineData("--source events --dead-letters other")]
    public async Task Run_DeadLettersElsewhere_ReplaceWhatWasThere(string options)
    {
        await File.WriteAllTextAsync(_folder.File("events"), "rubbish\n");
        await File.WriteAllTextAsync(_folder.File("other"), new string('x', 1000));
        using TidemarkProcess run = TidemarkProcess.StartShell(_folder.Path, $"exec $T run {options}");

        Assert.Equal(options.Contains("/dev/null", StringComparison.Ordinal) ? 0 : 1, await run.ExitAsync());

        string other = await File.ReadAllTextAsync(_folder.File("other"));
        Assert.True(options.Contains("/dev/null", StringComparison.Ordinal) ? other.Length == 1000 : other.Split('\n').Length == 2, other);
    }

    [Theory]
    [InlineData("run --source missing --json", "cannot read missing: No such file or directory")]
    [InlineData("run --source empty --json", "cannot read empty: it is a directory without files")]
    [InlineData("run --source 'none/*.ndjson' --json", "cannot read none/*.ndjson: no file matches")]
    [InlineData("run --source events/below --json", "cannot read events/below: No such directory")]
    [InlineData("run --source events --dead-letters /dev/full --json", "cannot write dead letters to /dev/full: No space left on device")]
    [InlineData("run --source events --dead-letters . --json", "cannot write dead letters to .: Is a directory")]
    [InlineData("run --source - <&-", "cannot read stdin: it was closed when the command began; give a file, or '< /dev/null' for no events")]
    [InlineData("run --source events --json >&-", "cannot write results to standard output: it was closed when the command began")]
    [InlineData("run --source events --json > /dev/full", "cannot write results to standard output: No space left on device")]
    [InlineData("run --source events > /dev/full", "cannot write results to standard output: No space left on device")]
    public async Task Run_Failure_ExitsWith1AndOneLine(string arguments, string reason)
    {
        Write("events", 6000);
        Directory.CreateDirectory(_folder.File("empty"));
        using TidemarkProcess run = TidemarkProcess.StartShell(_folder.Path, "$T " + arguments);

        Assert.Equal(1, await run.ExitAsync());

        Assert.Matches(
            $@"\Atidemark: {System.Text.RegularExpressions.Regex.Escape(reason).Replace(@"\#", "[0-9,]+", StringComparison.Ordinal)}\n\z",
            run.Error);
    }

    [Theory]
    [InlineData("run --source events --json")]
    [InlineData("generate --events 1M --out -")]
    public async Task Run_ReaderHasSeenEnough_ExitsWith0AndWithoutAWord(string arguments)
    {
        Write("events", 6000);
        using TidemarkProcess run = TidemarkProcess.StartShell(_folder.Path, $"$T {arguments} | head -1 > /dev/null; exit ${{PIPESTATUS[0]}}");

        Assert.Equal(0, await run.ExitAsync());

        Assert.Equal("", run.Error);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Run_SignalWithoutState_ExitsWith130AndSaysWhatIsMissing(string signal)
    {
        string lake = _folder.File("lake");
        using TidemarkProcess run = TidemarkProcess.Start(_folder.Path, "run", "--source", "-", "--lake", lake, "--state", "off", "--now", Now);
        await run.Input.WriteAsync(Event("06:00:30") + Event("06:01:30"));
        await run.Input.FlushAsync();
        await run.UntilAsync(() => Directory.Exists(lake) && HasFiles("lake", 1));

        await run.SignalAsync(signal);

        Assert.Equal(130, await run.ExitAsync(Soon));
        Assert.EndsWith(
            "tidemark: interrupted: 9 windows could still change, and those of them that were not closed yet are not written\n",
            run.Error, StringComparison.Ordinal);
        await AssertReadable(lake);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task Run_SignalWithState_ExitsWith0AndGoesOnWithTheNextStart(string signal)
    {
        string lake = _folder.File("lake");
        string[] arguments = ["run", "--source", "-", "--lake", lake, "--now", Now];
        using TidemarkProcess run = TidemarkProcess.Start(_folder.Path, arguments);
        await run.Input.WriteAsync(Event("06:00:30") + Event("06:01:30"));
        await run.Input.FlushAsync();
        await run.UntilAsync(() => Directory.Exists(lake) && HasFiles("lake", 1));

        await run.SignalAsync(signal);

        Assert.Equal(0, await run.ExitAsync(Soon));
        Assert.EndsWith($"tidemark: stopped: the state is saved in {lake}/_state; 9 windows can still change, "
            + "and go on with the next start\n", run.Error, StringComparison.Ordinal);
        using TidemarkProcess next = TidemarkProcess.Start(_folder.Path, arguments);
        await next.Input.WriteAsync(Event("06:01:40"));
        next.Input.Close();
        Assert.Equal(0, await next.ExitAsync());
        Assert.Contains("with before   3 read = 3 counted + 0 late + 0 rejected", next.Error, StringComparison.Ordinal);
    }

    // As nohup leaves it.
    [Fact]
    public async Task Run_HangUpThatIsIgnored_GoesOn()
    {
        using TidemarkProcess run = TidemarkProcess.StartShell(_folder.Path, "trap '' HUP; exec $T run --source - --lake lake");
        await run.UntilAsync(() => Started(run.Id) && File.Exists(_folder.File("lake/_state/lock")));
        await run.SignalAsync("HUP");
        await run.Input.WriteAsync(Event("06:01:40"));
        run.Input.Close();

        Assert.Equal(0, await run.ExitAsync());
        Assert.Contains("1 read = 1 counted", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", "-")]
    [InlineData("TERM", "fifo")]
    public async Task Run_SignalBeforeAnythingCame_ExitsWith130(string signal, string source)
    {
        using TidemarkProcess run =
            TidemarkProcess.StartShell(_folder.Path, $"mkfifo fifo; exec $T run --source {source} --json --dead-letters dead");
        await run.UntilAsync(() => source == "fifo" ? Started(run.Id) : File.Exists(_folder.File("dead")));
        await UntilStandingStillAsync(run.Id);

        await run.SignalAsync(signal);

        Assert.Equal(130, await run.ExitAsync(Soon));
        Assert.Matches("tidemark: interrupted: [^\n]+\n\\z", run.Error);
    }

    [Fact]
    public async Task Run_SignalWhileReadingAFile_ExitsWith130AndTheLakeIsReadable()
    {
        Write("events", 24_000, perSecond: 4);
        using TidemarkProcess run = TidemarkProcess.Start(_folder.Path, "run", "--source", "events", "--lake", "lake", "--state", "off");
        await run.UntilAsync(() => HasFiles("lake", 3));

        await run.SignalAsync("INT");

        Assert.Equal(130, await run.ExitAsync(Soon));
        Assert.Contains(" windows could still change", run.Error, StringComparison.Ordinal);
        await AssertReadable(_folder.File("lake"));
    }

    [Fact]
    public async Task Run_Killed_LeavesOnlyWholeFilesUnderTheirNamesAndARunAfterItIsRight()
    {
        Write("events", 24_000, perSecond: 10);
        for (int files = 3; files <= 15; files += 12)
        {
            using TidemarkProcess killed = TidemarkProcess.Start(_folder.Path, "run", "--source", "events", "--lake", "lake", "--now", Now);
            await killed.UntilAsync(() => HasFiles("lake", files));
            killed.Kill();
            await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(async () => Assert.Equal(0, await killed.ExitAsync()));
            await AssertReadable(_folder.File("lake"));
        }

        string[] run = ["run", "--source", "events", "--now", Now, "--lake"];
        using TidemarkProcess after = await TidemarkProcess.RunAsync(_folder.Path, [.. run, "lake"]);
        Assert.Equal(0, await after.ExitAsync());
        using TidemarkProcess fresh = await TidemarkProcess.RunAsync(_folder.Path, [.. run, "fresh"]);
        Assert.Equal(0, await fresh.ExitAsync());
        Assert.Equal(TempFolder.Contents(_folder.File("fresh")), TempFolder.Contents(_folder.File("lake")));
    }

    [Fact]
    public async Task Run_TwiceWithoutState_ChangesNoFile_AndOtherEventsAreRefused()
    {
        Write("events", 3000);
        await File.WriteAllLinesAsync(
            _folder.File("others"), (await File.ReadAllLinesAsync(_folder.File("events"))).Where((_, line) => line % 2 == 0));
        string[] run = ["run", "--now", Now, "--lake", "lake", "--state", "off", "--source"];
        using TidemarkProcess first = await TidemarkProcess.RunAsync(_folder.Path, [.. run, "events"]);
        Assert.Equal(0, await first.ExitAsync());
        string lake = _folder.File("lake");
        SortedDictionary<string, string> before = TempFolder.Contents(lake);
        DateTime[] times = [.. TempFolder.Files(lake).Order(StringComparer.Ordinal).Select(File.GetLastWriteTimeUtc)];

        using TidemarkProcess second = await TidemarkProcess.RunAsync(_folder.Path, [.. run, "events"]);
        Assert.Equal(0, await second.ExitAsync());
        Assert.Matches(": 0 windows written, [1-9][0-9]* results were already there", second.Error);
        using TidemarkProcess other = await TidemarkProcess.RunAsync(_folder.Path, [.. run, "others"]);
        Assert.Equal(1, await other.ExitAsync());
        Assert.Contains("Go on with that state (--state DIR), or write to another --lake and compare.\n", other.Error, StringComparison.Ordinal);

        Assert.Equal(before, TempFolder.Contents(lake));
        Assert.Equal(times, TempFolder.Files(lake).Order(StringComparer.Ordinal).Select(File.GetLastWriteTimeUtc));
    }

    // A limit on the size of files stands in for a full disk: it needs no rights, and comes in the middle of a file too.
    [Theory]
    [InlineData(1, "File too large")]
    public async Task Run_DiskFullInTheMiddle_ExitsWith1AndLeavesNoHalfFile(int blocks, string reason)
    {
        Write("events", 3000);
        using TidemarkProcess run = TidemarkProcess.StartShell(
            _folder.Path, $"trap '' XFSZ; ulimit -f {blocks}; "
                + $"exec env DOTNET_EnableWriteXorExecute=0 $T run --source events --lake lake --state off --now {Now}");

        Assert.Equal(1, await run.ExitAsync());

        Assert.Matches($@"\Atidemark: cannot write [^\n]*/lake/metrics_[^\n_]*\.parquet: {reason}\n\z", run.Error);

        // A breakdown is written before its window, and may be small enough to be there whole.
        Assert.All(
            TempFolder.Files(_folder.File("lake")).Where(file => !file.Contains("metrics_breakdown", StringComparison.Ordinal)),
            file => Assert.StartsWith("_", Path.GetFileName(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_SourceFails_ExitsWith1AndSumsUpWhatCameBefore()
    {
        Write("events", 6000);
        using TidemarkProcess run = TidemarkProcess.StartShell(
            _folder.Path, $"$T run --source - < <(head -c 100000 events | gzip | head -c 9000) --json --now {Now} > /dev/null");

        Assert.Equal(1, await run.ExitAsync());

        Assert.StartsWith("tidemark: cannot read stdin after ", run.Error, StringComparison.Ordinal);
        Assert.Contains(" bytes of text: the gzip data are cut off\n\nsource        stdin: ", run.Error, StringComparison.Ordinal);
        Assert.Matches("\ntidemark: [0-9]+ windows could still change, and those of them that were not closed yet are not written\n\\z", run.Error);
    }

    // The pipe takes 64 KiB. With few events all the rest is queued when the source has ended; with many the queue is full and the stream waits.
    [Theory]
    [InlineData(6000, "INT", "events", "tidemark: interrupted: [0-9]+ results that were due are not written\n")]
    [InlineData(40_000, "TERM", "events",
        "tidemark: interrupted: ([0-9,]+ windows could still change, [^\n]*; )?[0-9,]+ results that were due are not written\n")]
    [InlineData(12_000, "INT", "- < <(cat events 2>/dev/null; exec sleep 20 2>&-)",
        "tidemark: interrupted: [0-9]+ windows could still change, [^\n]*; [0-9]+ results that were due are not written\n")]
    public async Task Run_SignalWhileNobodyReadsStandardOutput_SaysWhatIsMissingAndKeepsTheDeadLetters(
        int events, string signal, string source, string message)
    {
        Write("events", events, perSecond: 2);
        using TidemarkProcess run = TidemarkProcess.StartShell(
            _folder.Path, $"mkfifo out; exec 5<>out; exec $T run --json --dead-letters dead --now {Now} --source {source} > out");
        await run.UntilAsync(() => new FileInfo(_folder.File("dead")) is { Exists: true, Length: > 0 } || source != "events" || Started(run.Id));
        await UntilStandingStillAsync(run.Id);

        await run.SignalAsync(signal);

        Assert.Equal(130, await run.ExitAsync(Soon));
        Assert.True(System.Text.RegularExpressions.Regex.IsMatch(run.Error, message + "\\z"), run.Error);
        var records = System.Text.RegularExpressions.Regex.Match(run.Error, "read = [0-9,]+ counted \\+ ([0-9,]+) late \\+ ([0-9,]+) rejected");
        int letters = records.Groups.Values.Skip(1).Sum(
            group => int.Parse(group.Value, System.Globalization.NumberStyles.AllowThousands, System.Globalization.CultureInfo.InvariantCulture));
        Assert.NotEqual(0, letters);
        Assert.Equal(letters, File.ReadLines(_folder.File("dead")).Count());
    }

    private static string Event(string time) => $$"""{"timestamp":"2026-11-22T{{time}}Z","event_type":"click","user_id":"u"}""" + "\n";

    /// <summary>Whether the runtime listens for signals: then it has a thread for them.</summary>
    private static bool Started(int process) =>
        Directory.Exists($"/proc/{process}/task")
        && Directory.GetDirectories($"/proc/{process}/task")
            .Any(task => File.ReadAllText(task + "/comm").StartsWith(".NET Sig", StringComparison.Ordinal))
        && Directory.GetDirectories($"/proc/{process}/task")
            .Any(task => File.ReadAllText(task + "/comm").StartsWith(".NET TP", StringComparison.Ordinal));

    /// <summary>Until a process has used no processor time for half a second: then it waits for somebody.</summary>
    private static async Task UntilStandingStillAsync(int process)
    {
        string before = "";
        for (int still = 0; still < 10;)
        {
            await Task.Delay(50);
            string[] fields = (await File.ReadAllTextAsync($"/proc/{process}/stat")).Split(' ');
            string used = $"{fields[13]} {fields[14]}";
            still = used == before ? still + 1 : 0;
            before = used;
        }
    }

    private static async Task AssertReadable(string lake)
    {
        DuckDbResult rows = await DuckDb.QueryAsync(
            $"SELECT count(*) AS files, min(total_events) AS least FROM read_parquet({DuckDb.Quote(lake + "/metrics_1*/**/*.parquet")})");
        Assert.NotEqual("0", rows[0, "files"]);
        Assert.NotEqual("0", rows[0, "least"]);
    }

    private bool HasFiles(string folder, int count) =>
        Directory.Exists(_folder.File(folder)) && TempFolder.Files(_folder.File(folder)).Count(
            file => file.Contains("/metrics_1", StringComparison.Ordinal) && file.EndsWith(".parquet", StringComparison.Ordinal)) >= count;

    private void Write(string name, int events, int perSecond = 10)
    {
        GeneratorOptions options = GeneratedStream.Of(events) with
        {
            Start = new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero) - TimeSpan.FromSeconds(events / perSecond), EventsPerSecond = perSecond,
        };
        File.WriteAllBytes(_folder.File(name), GeneratedStream.Bytes(options, 1 << 20));
    }
}
