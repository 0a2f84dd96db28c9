using System.Runtime.CompilerServices;

namespace Tidemark.Core.Parsing;

/// <summary>
/// Decides when shapes are worth trying and learning, so that records made to spoil the fast path cost little more than the walker.
/// </summary>
internal sealed class ShapeBook
{
    // A hit saves several times what a miss wastes: shapes are left alone only while fewer than a fifth of the records match.
    private const int HitCredit = 4;
    private const int MaxScore = 1024;
    private const int BypassRecords = 4096;

    // Learning takes a few microseconds: in the long run once in this many misses, and a full table is given up once in a long while.
    private const int MaxLessons = 64;
    private const int MissesPerLesson = 64;
    private const int MissesPerReset = 1 << 16;
    private const int MaxLessonBytes = 1 << 14;

    private readonly ShapeTable _table = new();
    private int _score;
    private int _bypass;
    private int _lessons = MaxLessons;
    private int _misses;

    /// <summary>How many segments are known.</summary>
    public int Count => _table.Count;

    /// <summary>Whether shapes are being left alone for now.</summary>
    public bool IsBypassed => _bypass > 0;

    /// <summary>As <see cref="ShapeTable.TryMatch"/>.</summary>
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

    /// <summary>Learns from a well-formed record that was missed; <paramref name="line"/> includes its LF.</summary>
    public void Learn(ReadOnlySpan<byte> line)
    {
        if (_lessons > 0 && _bypass == 0 && !_table.IsFull && line.Length <= MaxLessonBytes)
        {
            _lessons--;
            ShapeLearner.Learn(_table, line);
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
            // Back to half the score: a stream that matches again recovers at once, one that does not is soon left alone again.
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
