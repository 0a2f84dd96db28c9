using Tidemark.Cli.Sources;

namespace Tidemark.Cli.Tests.Sources;

public sealed class TextTraceTests
{
    [Fact]
    public void Append_AnyPieces_KnowsTheFirstBytesAndThoseBeforeThePosition()
    {
        Random random = new(1);
        byte[] text = new byte[3 * FileMark.SampleBytes];
        random.NextBytes(text);
        foreach (int most in new[] { 1000, 70_000, 200_000 })
        {
            TextTrace trace = new();
            while (trace.Position < text.Length)
            {
                int at = (int)trace.Position;
                trace.Append(at, text.AsSpan(at, Math.Min(random.Next(1, most), text.Length - at)));

                TracePoint point = trace.Capture();
                int position = (int)point.Position;
                Assert.Equal(text[..Math.Min(position, FileMark.SampleBytes)], point.Head);
                Assert.Equal(text[Math.Max(0, position - FileMark.SampleBytes)..position], point.Tail);
            }
        }
    }

    [Fact]
    public void StartAt_AnyPosition_GoesOnAsIfItHadReadThatFar()
    {
        byte[] text = new byte[200_000];
        new Random(2).NextBytes(text);
        foreach (int position in new[] { 1, 10, 65_535, 65_536, 65_537, 150_000 })
        {
            TextTrace whole = new();
            whole.Append(0, text.AsSpan(0, position));
            TracePoint before = whole.Capture();
            TextTrace resumed = new();
            resumed.StartAt(position, before.Head, before.Tail);
            whole.Append(position, text.AsSpan(position));
            resumed.Append(position, text.AsSpan(position));

            Assert.Equal(whole.Capture().Head, resumed.Capture().Head);
            Assert.Equal(whole.Capture().Tail, resumed.Capture().Tail);
        }
    }

    [Fact]
    public void PassOver_Text_ForgetsWhatIsBeforeThePosition()
    {
        TextTrace trace = new();
        trace.Append(0, "abc"u8);
        trace.PassOver(10);
        trace.Append(10, "de\n"u8);

        Assert.Equal("abc"u8.ToArray(), trace.Capture().Head);
        Assert.Equal("de\n"u8.ToArray(), trace.Capture().Tail);
        Assert.True(trace.IsAtLineEnd);
    }
}
