using System.Runtime.CompilerServices;

namespace Tidemark.Core.Parsing;

/// <summary>
/// Decides when to match and when to learn shapes, so that records made to defeat the fast path cost little more than the walker alone.
/// </summary>
internal sealed class ShapeBook(RecordSchema schema)
{
    // A hit saves several times what a miss wastes: matching is bypassed only while fewer than a fifth of the records match.
    private const int HitCredit = 4;
    private const int MaxScore = 1024;
    private const int BypassRecords = 4096;

    // Learning takes a few microseconds: in the long run once per this many misses, and a full table is discarded only rarely.
    private const int MaxLessons = 64;
    private const int MissesPerLesson = 64;
    private const int MissesPerReset = 1 << 16;
    private const int MaxLessonBytes = 1 << 14;

    private readonly ShapeTable _table = new(schema);
    private int _score;
    private int _bypass;
    private int _lessons = MaxLessons;
    private int _misses;

    /// <summary>The number of known segments.</summary>
    public int Count => _table.Count;

    /// <summary>Whether matching is bypassed for now.</summary>
    public bool IsBypassed => _bypass > 0;

    /// <summary>Same as <see cref="ShapeTable.TryMatch"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryMatch(ref byte text, ref int index, int at, ref int next, ref RecordFields fields, out int end)
    {
        if (_bypass == 0 && _table.TryMatch(ref text, ref index, at, ref next, ref fields, out end))
        {
            _score = Math.Max(_score - HitCredit, 0);
            return true;
        }

        end = 0;
        Miss();
        return false;
    }

    /// <summary>Learns from a well-formed record that did not match; <paramref name="line"/> includes its LF.</summary>
    public void Learn(ReadOnlySpan<byte> line)
    {
        if (_lessons > 0 && _bypass == 0 && !_table.IsFull && line.Length <= MaxLessonBytes)
        {
            _lessons--;
            ShapeLearner.Learn(schema, _table, line);
        }
    }

    private void Miss()
    {
        if (_bypass > 0)
        {
            _bypass--;
        }
        else if (++_score >= MaxScore)
        {
            // Back to half the score: a stream that matches again recovers at once, and one that does not is soon bypassed again.
            _score = MaxScore / 2;
            _bypass = BypassRecords;
        }

        if (++_misses % MissesPerLesson == 0 && _lessons < MaxLessons)
        {
            _lessons++;
        }

        if (_misses >= MissesPerReset)
        {
            _misses = 0;
            if (_table.IsFull)
            {
                _table.Reset();
                _lessons = MaxLessons;
            }
        }
    }
}
