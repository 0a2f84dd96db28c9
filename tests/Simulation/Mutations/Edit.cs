using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Tidemark.Simulation.Mutations;

/// <summary>
/// A change of the product's source, addressed by type, member and construct, independent of files, layout and comments. The construct must
/// occur exactly once, so that a rename never makes a mutation ineffective.
/// </summary>
/// <param name="Type">The type to change.</param>
/// <param name="Member">The name of a method, property or field; all members with the name are searched. Null: the type itself.</param>
public abstract record Edit(Type Type, string? Member)
{
    /// <summary>The project that the type is in.</summary>
    public string Project => Type.Assembly.GetName().Name!.Replace("Tidemark.", "", StringComparison.Ordinal);

    /// <summary>The type's name as it is declared.</summary>
    public string TypeName => Type.Name.Split('`')[0];

    /// <summary>The text changes in one declaration of the type.</summary>
    /// <param name="declaration">A declaration; the type may be partial.</param>
    public abstract IEnumerable<TextChange> Find(TypeDeclarationSyntax declaration);

    /// <summary>The type, or its members with the name.</summary>
    protected IEnumerable<SyntaxNode> Places(TypeDeclarationSyntax declaration)
    {
        ArgumentNullException.ThrowIfNull(declaration);
        return Member is null ? [declaration] : declaration.Members.Where(member => NamesOf(member).Contains(Member));
    }

    /// <summary>Whether two pieces of code are equal except for white space and comments.</summary>
    protected static bool AreSame(SyntaxNode node, SyntaxNode other)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(other);
        return node.DescendantTokens().Select(token => token.Text).SequenceEqual(other.DescendantTokens().Select(token => token.Text));
    }

    /// <summary>Parses code: a statement if it ends with a semicolon or a brace, otherwise an expression.</summary>
    protected static SyntaxNode Parse(string code)
    {
        ArgumentNullException.ThrowIfNull(code);
        SyntaxNode node = code[^1] is ';' or '}' ? SyntaxFactory.ParseStatement(code) : SyntaxFactory.ParseExpression(code);
        return node.ContainsDiagnostics ? throw new InvalidOperationException($"Expected an expression or a statement, got: {code}") : node;
    }

    private static IEnumerable<string> NamesOf(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method => [method.Identifier.Text],
        PropertyDeclarationSyntax property => [property.Identifier.Text],
        FieldDeclarationSyntax field => field.Declaration.Variables.Select(variable => variable.Identifier.Text),
        _ => [],
    };
}

/// <summary>Replaces an expression or a statement.</summary>
/// <param name="Type">The type.</param>
/// <param name="Member">The member.</param>
/// <param name="Old">The code to replace.</param>
/// <param name="New">The new code.</param>
public sealed record Replace(Type Type, string Member, string Old, string New) : Edit(Type, Member)
{
    public override IEnumerable<TextChange> Find(TypeDeclarationSyntax declaration)
    {
        SyntaxNode old = Parse(Old);
        return Places(declaration).SelectMany(place => place.DescendantNodes())
            .Where(node => node is ExpressionSyntax or StatementSyntax && AreSame(node, old))
            .Select(node => new TextChange(node.Span, New)).Distinct();
    }
}

/// <summary>Removes an operand of <c>&amp;&amp;</c> or <c>||</c>.</summary>
/// <param name="Type">The type.</param>
/// <param name="Member">The member.</param>
/// <param name="Operand">The operand.</param>
public sealed record Drop(Type Type, string Member, string Operand) : Edit(Type, Member)
{
    public override IEnumerable<TextChange> Find(TypeDeclarationSyntax declaration)
    {
        SyntaxNode operand = Parse(Operand);
        foreach (BinaryExpressionSyntax chain in Places(declaration).SelectMany(place => place.DescendantNodes()).OfType<BinaryExpressionSyntax>()
            .Where(node => node.IsKind(SyntaxKind.LogicalAndExpression) || node.IsKind(SyntaxKind.LogicalOrExpression)))
        {
            if (AreSame(chain.Right, operand))
            {
                yield return new TextChange(TextSpan.FromBounds(chain.Left.Span.End, chain.Right.Span.End), "");
            }
            else if (AreSame(chain.Left, operand))
            {
                yield return new TextChange(TextSpan.FromBounds(chain.Left.SpanStart, chain.Right.SpanStart), "");
            }
        }
    }
}

/// <summary>Inserts statements before the statement that calls a method.</summary>
/// <param name="Type">The type.</param>
/// <param name="Member">The member.</param>
/// <param name="Call">The name of the called method, which must be called exactly once in the member.</param>
/// <param name="Statements">The statements.</param>
public sealed record Before(Type Type, string Member, string Call, string Statements) : Edit(Type, Member)
{
    public override IEnumerable<TextChange> Find(TypeDeclarationSyntax declaration) =>
        Places(declaration).SelectMany(place => place.DescendantNodes()).OfType<InvocationExpressionSyntax>()
            .Where(call => call.Expression switch
            {
                MemberAccessExpressionSyntax access => access.Name.Identifier.Text == Call,
                SimpleNameSyntax name => name.Identifier.Text == Call,
                _ => false,
            })
            .Select(call => new TextChange(new TextSpan(call.FirstAncestorOrSelf<StatementSyntax>()!.SpanStart, 0), Statements + " "));
}

/// <summary>Replaces text inside a string, such as a script.</summary>
/// <param name="Type">The type.</param>
/// <param name="Member">The member.</param>
/// <param name="Old">The text to replace.</param>
/// <param name="New">The new text.</param>
public sealed record ReplaceInText(Type Type, string Member, string Old, string New) : Edit(Type, Member)
{
    public override IEnumerable<TextChange> Find(TypeDeclarationSyntax declaration)
    {
        foreach (SyntaxToken text in Places(declaration).SelectMany(place => place.DescendantTokens()).Where(token => token.Value is string))
        {
            for (int at = -1; (at = text.Text.IndexOf(Old, at + 1, StringComparison.Ordinal)) >= 0;)
            {
                yield return new TextChange(new TextSpan(text.SpanStart + at, Old.Length), New);
            }
        }
    }
}

/// <summary>Adds a member.</summary>
/// <param name="Type">The type, which must not be partial.</param>
/// <param name="Code">The member.</param>
public sealed record Add(Type Type, string Code) : Edit(Type, null)
{
    public override IEnumerable<TextChange> Find(TypeDeclarationSyntax declaration)
    {
        ArgumentNullException.ThrowIfNull(declaration);
        yield return new TextChange(new TextSpan(declaration.OpenBraceToken.Span.End, 0), "\n" + Code + "\n");
    }
}
