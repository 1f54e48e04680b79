package io.vlm4j.vlm.internal;

/// Letters of 5 by 7 dots, with two rows below the line: enough for the names of things, on machines without fonts.
final class Glyphs {
    static final int WIDTH = 5;
    static final int HEIGHT = 9;

    private static final int RADIX = 32; // a digit for each row of dots, the leftmost the highest
    private static final String UNKNOWN = "VHHHHHV00";
    private static final String[] LETTERS = {
        "a00E1FHF00", "bGGUHHHU00", "c00EHGHE00", "d11FHHHF00", "e00EHVGE00", "f698S88800", "g00FHHF1E0",
        "hGGUHHHH00", "i40C444E00", "j2062222IC", "kGGIKOKI00", "lC44444E00", "m00QLLLL00", "n00UHHHH00",
        "o00EHHHE00", "p00UHHUGG0", "q00FHHF110", "r00MPGGG00", "s00FGE1U00", "t88S889600", "u00HHHJD00",
        "v00HHHA400", "w00HHLLA00", "x00HA4AH00", "y00HHHF1E0", "z00V248V00", "AEHHVHHH00", "BUHHUHHU00",
        "CEHGGGHE00", "DSIHHHIS00", "EVGGUGGV00", "FVGGUGGG00", "GEHGNHHF00", "HHHHVHHH00", "IE44444E00",
        "J72222IC00", "KHIKOKIH00", "LGGGGGGV00", "MHRLLHHH00", "NHHPLJHH00", "OEHHHHHE00", "PUHHUGGG00",
        "QEHHHLID00", "RUHHUKIH00", "SFGGE11U00", "TV44444400", "UHHHHHHE00", "VHHHHHA400", "WHHHLLLA00",
        "XHHA4AHH00", "YHHHA44400", "ZV1248GV00", "0EHJLPHE00", "14C4444E00", "2EH1248V00", "3V2421HE00",
        "426AIV2200", "5VGU11HE00", "668GUHHE00", "7V12488800", "8EHHEHHE00", "9EHHF12C00", " 000000000",
        ".00000CC00", ",00000C480", "-000E00000", "'440000000", "\"AA0000000", "!444440400", "?EH1240400",
        ":0CC0CC000", "/122488G00", "(248884200", ")842224800", "&CIK8LID00", "+044V44000", "#AAVAVAA00",
        "_0000000V0", "%OP248J300",
    };

    private Glyphs() {}

    /// Whether there is a dot.
    static boolean isSet(char letter, int x, int y) {
        int row = Character.digit(rows(letter).charAt(y), RADIX);
        return (row >> (WIDTH - 1 - x) & 1) != 0;
    }

    private static String rows(char letter) {
        for (String known : LETTERS) {
            if (known.charAt(0) == letter) {
                return known.substring(1);
            }
        }
        return UNKNOWN;
    }
}
