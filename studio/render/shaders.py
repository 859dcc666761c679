"""The two shaders of the graphics card's renderer: `points_cpu`, told to a card.

Numbers that both renderers must share are written into the text from where they are defined.
"""

from __future__ import annotations

from typing import Final

from studio.render.points_cpu import DIMMEST, SHADES
from studio.render.points_look import SIZES, USUAL
from studio.render.stamps import ALPHA_LEVELS, FAINTEST, SMALL

MARGIN: Final = 16
"""Pixels about the picture, for discs whose middle lies outside."""
MOST_TINTS: Final = 80

VERTEX: Final = f"""#version 330 core
layout(location = 0) in vec3 place;
layout(location = 1) in vec4 looks;   // tint, kind, size, unused; each a byte
uniform vec4 right, down, ahead;      // rows of the view
uniform vec4 screen;                  // focal, width, height, 1 where flat
uniform vec4 sizing;                  // radius, pixels a pixel, 1 where placed to whole pixels
uniform vec4 shading;                 // nearest depth, run to the farthest, strength
uniform vec3 palette[{MOST_TINTS}];
uniform vec3 ground, ghost;
flat out vec2 middle;
flat out vec3 colour;
flat out vec3 shape;                  // disc radius, ring radius, 1 for a ghost
const float larger[{len(SIZES)}] = float[]({", ".join(map(str, SIZES))});

void main() {{
    vec4 p = vec4(place, 1.0);
    float depth = dot(ahead, p);
    float grow = screen.w > 0.5 ? screen.x : screen.x / depth;
    vec2 at = vec2(dot(right, p), dot(down, p)) * grow + 0.5 * screen.yz;
    int tint = int(looks.x * 255.0 + 0.5), kind = int(looks.y * 255.0 + 0.5);
    int size = int(looks.z * 255.0 + 0.5);
    bool drawn = kind > 0 && depth >= 0.001;
    float band = clamp(round(-2.0 * log2(depth)), -2.0, 3.0);
    float radius = round(sizing.x * exp2(0.3 * band) * 10.0) / 10.0;
    if (size != {USUAL}) radius = round(radius * larger[size] * 10.0) / 10.0;
    float ring = 0.0;
    if (kind >= 3) radius = round((radius * 1.25 + 0.2 * sizing.y) * 10.0) / 10.0;
    if (kind == 4) ring = round((radius * 1.1 + 2.4 * sizing.y) * 10.0) / 10.0;
    if (sizing.z > 0.5 || kind == 1) at = floor(at) + 0.5;
    float far = clamp((depth - shading.x) / shading.y, 0.0, 1.0);
    float fade = 1.0 - floor(far * shading.z * {SHADES - 1}.0) / {SHADES - 1}.0 * {1 - DIMMEST};
    colour = kind == 1 ? ghost : mix(ground, palette[tint], fade);
    middle = vec2(at.x, screen.z - at.y) + {MARGIN}.0;
    shape = vec3(radius, ring, kind == 1 ? 1.0 : 0.0);
    vec2 whole = screen.yz + 2.0 * {MARGIN}.0;
    float away = kind == 1 ? 0.999 : clamp(log2(depth / 0.001) / 64.0, 0.0, 0.99);
    gl_Position = drawn ? vec4(middle / whole * 2.0 - 1.0, away * 2.0 - 1.0, 1.0)
                        : vec4(2.0, 2.0, 2.0, 1.0);
    gl_PointSize = kind == 1 ? 1.0 : 2.0 * ceil(max(radius, ring) + 1.0) + 1.0;
}}
"""

FRAGMENT: Final = f"""#version 330 core
flat in vec2 middle;
flat in vec3 colour;
flat in vec3 shape;
uniform vec3 ground;
out vec4 painted;

void main() {{
    if (shape.z > 0.5) {{ painted = vec4(colour, 1.0); return; }}
    float away = distance(gl_FragCoord.xy, middle);
    float cover = clamp(shape.x + 0.5 - away, 0.0, 1.0);
    if (shape.y > 0.0) {{
        float width = 0.3 + 0.06 * shape.x;
        float circle = clamp(0.5 + width - abs(away - shape.y), 0.0, 1.0);
        cover = max(cover, 0.8 * circle);
    }}
    float span = 2.0 * ceil(max(shape.x, shape.y) + 1.0) + 2.0;
    if (span <= {SMALL}.0) cover = cover > 0.35 ? 0.55 + 0.45 * cover : 0.0;
    float level = round(cover * {ALPHA_LEVELS - 1}.0);
    if (level < {FAINTEST}.0) discard;
    painted = vec4(mix(ground, colour, level / {ALPHA_LEVELS - 1}.0), 1.0);
}}
"""
