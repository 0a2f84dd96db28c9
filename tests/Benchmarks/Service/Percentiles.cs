namespace Tidemark.Benchmarks.Service;

/// <summary>Percentiles of numbers that count several times each.</summary>
internal sealed class Percentiles
{
    private readonly List<(double Value, long Weight)> _values = [];

    /// <summary>How many numbers there are.</summary>
    public long Count => _values.Sum(pair => pair.Weight);

    /// <summary>Adds a number.</summary>
    public void Add(double value, long weight) => _values.Add((value, weight));

    /// <summary>The least number that is at least as great as so many percent of all; NaN without any.</summary>
    public double At(double percent)
    {
        double left = Count * percent / 100;
        foreach ((double value, long weight) in _values.OrderBy(pair => pair.Value))
        {
            left -= weight;
            if (left <= 0)
            {
                return value;
            }
        }

        return double.NaN;
    }
}
