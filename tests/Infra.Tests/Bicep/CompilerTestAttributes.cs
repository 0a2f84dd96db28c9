namespace Tidemark.Infra.Tests.Bicep;

/// <summary>A test that needs the Bicep compiler: it always runs on Linux x64, and elsewhere if there is one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CompilerFactAttribute : FactAttribute
{
    public CompilerFactAttribute() => Skip = Compiler.SkipReason;
}

/// <summary>A theory that needs the Bicep compiler: it always runs on Linux x64, and elsewhere if there is one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CompilerTheoryAttribute : TheoryAttribute
{
    public CompilerTheoryAttribute() => Skip = Compiler.SkipReason;
}
