package io.vlm4j.torture.target;

import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.torture.mutate.TextMutator;
import java.util.List;

/// Samples by GBNF grammars, and by regular expressions that are written like them.
final class GrammarTarget extends TextTarget {
    private static final List<String> SEEDS = List.of(
            "root ::= \"yes\" | \"no\"",
            "root ::= [a-z]+ (\" \" [a-z]+)* [.!?]",
            "root ::= item{1,5}\nitem ::= \"- \" [^\\n]{1,20} \"\\n\"",
            "root ::= expr\nexpr ::= term ([+*] term)*\nterm ::= [0-9]{1,3} | \"(\" expr \")\"",
            """
            root   ::= object
            value  ::= object | array | string | number | ("true" | "false" | "null") ws
            object ::= "{" ws ( string ":" ws value ("," ws string ":" ws value)* )? "}" ws
            array  ::= "[" ws ( value ("," ws value)* )? "]" ws
            string ::= "\\"" ([^"\\\\\\x7F\\x00-\\x1F] | "\\\\" (["\\\\bfnrt] | "u" [0-9a-fA-F]{4}))* "\\"" ws
            number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9]+)? ws
            ws     ::= | " " | "\\n" [ \\t]{0,20}
            """,
            "root ::= a b c\na ::= \"x\"?\nb ::= [\\u4e00-\\u9fff]*\nc ::= . | \"\\U0001F600\"",
            "root ::= (\"a\" | (\"b\" | (\"c\" root)?)+)* # a comment\n",
            "^(\\d{4})-(0[1-9]|1[0-2])-[0-3]\\d$",
            "[a-c]+(x|y*|(?:z{2,5}))?\\.\\w");

    private static final List<String> WORDS = List.of(
            "root",
            "root ::= ",
            "root ::= root \"a\"\n",
            "\nx ::= x | x x\n",
            "a ::= b\nb ::= a\n",
            "::=",
            "|",
            "*",
            "+",
            "?",
            "*+?",
            "{0,}",
            "{1000}",
            "{0,1000000}",
            "{2,1}",
            "{,}",
            "{-1}",
            "{99999999999}",
            "{4294967296}",
            "(",
            ")",
            "()",
            "[",
            "]",
            "[^",
            "[]",
            "[^]",
            "[a-",
            "[z-a]",
            "\"",
            "\"\"",
            "\\x",
            "\\u12",
            "\\U00110000",
            "\\UFFFFFFFF",
            ".",
            "#",
            "\n",
            "<[1]>",
            "<[99999999]>",
            "!<[2]>",
            "<think>",
            "!",
            "((\"\")*)*",
            "(a*)*",
            "(\"a\"?)*",
            "((\"a\"*)*)*",
            "(\"a\"{0,50}){0,50}",
            "[\\x00-\\U0010FFFF]",
            "\\b",
            "(?=a)",
            "\\1",
            "^",
            "$",
            "|||");

    private static final List<String> WRAPS =
            List.of("(@)", "(@)*", "(@)?", "[@]", "(@|\"x\")", "@ |", "\"@\"", "(@){2}");

    GrammarTarget(SeedFiles seeds) {
        super(seeds, new TextMutator(SEEDS, WORDS, WRAPS));
    }

    @Override
    void use(String text) {
        if (text.isBlank()) {
            return;
        }
        Grammar grammar = text.contains("::=") ? Grammar.of(text) : Grammar.ofRegex(text);
        write(SamplingOptions.builder().grammar(grammar).temperature(1).seed(1).build());
    }
}
